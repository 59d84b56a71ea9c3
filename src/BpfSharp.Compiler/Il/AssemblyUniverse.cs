using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>The assemblies a compilation can see: resolves references by simple name, following type forwarders.</summary>
internal sealed class AssemblyUniverse : IDisposable
{
    private readonly Dictionary<string, AssemblyImage?> _images = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _directories = [];

    public AssemblyUniverse(IEnumerable<string> directories)
    {
        _directories.AddRange(directories);
        Types = new TypeTable(this);
    }

    public TypeTable Types { get; }

    public AssemblyImage Load(string path)
    {
        AssemblyImage image = AssemblyImage.Open(this, path);
        _images[image.Name] = image;
        string? directory = Path.GetDirectoryName(Path.GetFullPath(path));
        if (directory is not null)
        {
            _directories.Insert(0, directory);
        }

        return image;
    }

    public AssemblyImage Load(ReadOnlySpan<byte> assembly, ReadOnlySpan<byte> pdb)
    {
        AssemblyImage image = AssemblyImage.Open(this, assembly, pdb);
        _images[image.Name] = image;
        return image;
    }

    public AssemblyImage? Find(string name)
    {
        if (_images.TryGetValue(name, out AssemblyImage? image))
        {
            return image;
        }

        foreach (string directory in _directories)
        {
            string path = Path.Combine(directory, name + ".dll");
            if (File.Exists(path))
            {
                return _images[name] = AssemblyImage.Open(this, path);
            }
        }

        return _images[name] = null;
    }

    public TypeDef? Resolve(AssemblyImage image, TypeReferenceHandle handle)
    {
        MetadataReader md = image.Metadata;
        TypeReference reference = md.GetTypeReference(handle);
        string name = md.GetString(reference.Name);
        string ns = md.GetString(reference.Namespace);
        switch (reference.ResolutionScope.Kind)
        {
            case HandleKind.AssemblyReference:
                string assembly = md.GetString(md.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name);
                return FindIn(assembly, ns, name, depth: 0);
            case HandleKind.TypeReference:
                TypeDef? outer = Resolve(image, (TypeReferenceHandle)reference.ResolutionScope);
                return outer?.Image.FindType(outer.Namespace, outer.Name + "+" + name);
            default:
                return image.FindType(ns, name);
        }
    }

    public TypeDef? FindIn(string assembly, string ns, string name, int depth)
    {
        AssemblyImage? image = Find(assembly);
        if (image is null || depth > 8)
        {
            return null;
        }

        TypeDef? found = image.FindType(ns, name);
        if (found is not null)
        {
            return found;
        }

        foreach (ExportedTypeHandle handle in image.Metadata.ExportedTypes)
        {
            ExportedType exported = image.Metadata.GetExportedType(handle);
            if (exported.IsForwarder && exported.Implementation.Kind == HandleKind.AssemblyReference
                && image.Metadata.StringComparer.Equals(exported.Name, name)
                && image.Metadata.StringComparer.Equals(exported.Namespace, ns))
            {
                AssemblyReference target = image.Metadata.GetAssemblyReference(
                    (AssemblyReferenceHandle)exported.Implementation);
                return FindIn(image.Metadata.GetString(target.Name), ns, name, depth + 1);
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach (AssemblyImage? image in _images.Values.Distinct())
        {
            image?.Dispose();
        }
    }
}
