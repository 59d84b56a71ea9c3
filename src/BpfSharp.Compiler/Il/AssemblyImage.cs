using System.Collections.Concurrent;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace BpfSharp.Compiler.Il;

/// <summary>One assembly as metadata, with its portable PDB when there is one.</summary>
internal sealed class AssemblyImage : IDisposable
{
    // Ten thousand names, the same for every compilation of a process.
    private static readonly ConcurrentDictionary<Guid, Dictionary<(string Namespace, string Name), TypeDefinitionHandle>>
        s_frameworkNames = new();

    private readonly PEReader _pe;
    private readonly MetadataReaderProvider? _pdb;
    private readonly Dictionary<TypeDefinitionHandle, TypeDef> _types = [];
    private Dictionary<(string Namespace, string Name), TypeDefinitionHandle>? _byName;

    private AssemblyImage(AssemblyUniverse universe, PEReader pe, MetadataReaderProvider? pdb)
    {
        Universe = universe;
        _pe = pe;
        _pdb = pdb;
        Metadata = pe.GetMetadataReader();
        Pdb = pdb?.GetMetadataReader();
        Name = Metadata.GetString(Metadata.GetAssemblyDefinition().Name);
    }

    public AssemblyUniverse Universe { get; }

    public string Name { get; }

    public MetadataReader Metadata { get; }

    public MetadataReader? Pdb { get; }

    public static AssemblyImage Open(AssemblyUniverse universe, string path)
    {
        PEReader pe = new(File.OpenRead(path), PEStreamOptions.PrefetchEntireImage);
        MetadataReaderProvider? pdb = null;
        try
        {
            if (!pe.TryOpenAssociatedPortablePdb(path, p => File.Exists(p) ? File.OpenRead(p) : null, out pdb, out _))
            {
                pdb = null;
            }
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            pdb = null; // a damaged or foreign PDB costs the line numbers, nothing else
        }

        return new(universe, pe, pdb);
    }

    public static AssemblyImage Open(AssemblyUniverse universe, ReadOnlySpan<byte> image, ReadOnlySpan<byte> pdb)
    {
        PEReader pe = new([.. image]);
        return new(universe, pe, pdb.IsEmpty ? null : MetadataReaderProvider.FromPortablePdbImage([.. pdb]));
    }

    public TypeDef GetType(TypeDefinitionHandle handle)
    {
        if (!_types.TryGetValue(handle, out TypeDef? type))
        {
            _types[handle] = type = new TypeDef(this, handle);
        }

        return type;
    }

    /// <summary>Finds a top-level type; nested ones as <c>Outer+Inner</c>.</summary>
    public TypeDef? FindType(string ns, string name)
    {
        _byName ??= Name.StartsWith("System.", StringComparison.Ordinal)
            ? s_frameworkNames.GetOrAdd(Metadata.GetGuid(Metadata.GetModuleDefinition().Mvid), _ => ReadNames(Metadata))
            : ReadNames(Metadata);
        return _byName.TryGetValue((ns, name), out TypeDefinitionHandle found) ? GetType(found) : null;
    }

    private static Dictionary<(string Namespace, string Name), TypeDefinitionHandle> ReadNames(MetadataReader md)
    {
        Dictionary<(string, string), TypeDefinitionHandle> names = [];
        Dictionary<TypeDefinitionHandle, (string Namespace, string Name)> known = [];
        foreach (TypeDefinitionHandle handle in md.TypeDefinitions)
        {
            names.TryAdd(NameOf(handle), handle);
        }

        return names;

        (string Namespace, string Name) NameOf(TypeDefinitionHandle handle)
        {
            if (!known.TryGetValue(handle, out (string Namespace, string Name) name))
            {
                TypeDefinition row = md.GetTypeDefinition(handle);
                name = (md.GetString(row.Namespace), md.GetString(row.Name));
                if (row.IsNested)
                {
                    (string ns, string outer) = NameOf(row.GetDeclaringType());
                    name = (ns, outer + "+" + name.Name);
                }

                known[handle] = name;
            }

            return name;
        }
    }

    public MethodBodyBlock GetBody(int rva) => _pe.GetMethodBody(rva);

    /// <summary>Bytes of a field's initial data (<c>FieldRVA</c>).</summary>
    public byte[] GetFieldData(int rva, int size) => _pe.GetSectionData(rva).GetReader(0, size).ReadBytes(size);

    public void Dispose()
    {
        _pdb?.Dispose();
        _pe.Dispose();
    }
}
