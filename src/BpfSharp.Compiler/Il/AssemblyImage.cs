using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace BpfSharp.Compiler.Il;

/// <summary>One assembly as metadata, with its portable PDB when there is one.</summary>
internal sealed class AssemblyImage : IDisposable
{
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
        if (_byName is null)
        {
            _byName = [];
            foreach (TypeDefinitionHandle handle in Metadata.TypeDefinitions)
            {
                TypeDef type = GetType(handle);
                _byName.TryAdd((type.Namespace, type.Name), handle);
            }
        }

        return _byName.TryGetValue((ns, name), out TypeDefinitionHandle found) ? GetType(found) : null;
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
