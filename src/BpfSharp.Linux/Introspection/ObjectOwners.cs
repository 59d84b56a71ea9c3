using System.Globalization;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Introspection;

/// <summary>Kinds of things the kernel numbers.</summary>
public enum KernelObjectKind
{
    /// <summary>Programs.</summary>
    Program,
    /// <summary>Maps.</summary>
    Map,
    /// <summary>Links.</summary>
    Link,
    /// <summary>Sets of types.</summary>
    Types,
}

/// <summary>A process that holds something open.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="Command">Its name.</param>
public sealed record ObjectOwner(int ProcessId, string Command);

/// <summary>Who holds programs, maps, links and types open, from /proc: a picture of one moment.</summary>
[SupportedOSPlatform("linux")]
public sealed class ObjectOwners
{
    private static readonly (string Field, KernelObjectKind Kind)[] s_fields =
    [
        ("link_id", KernelObjectKind.Link), ("prog_id", KernelObjectKind.Program), ("map_id", KernelObjectKind.Map), ("btf_id", KernelObjectKind.Types),
    ];

    private readonly Dictionary<(KernelObjectKind, uint), List<ObjectOwner>> _owners = [];

    private ObjectOwners() { }

    /// <summary>Looks at every process this one may look at.</summary>
    public static ObjectOwners Read()
    {
        ObjectOwners owners = new();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            {
                try
                {
                    owners.AddProcess(process, directory);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Ended meanwhile, or another user's.
                }
            }
        }

        return owners;
    }

    /// <summary>The processes that hold something; empty if only pins, attachments or other kernel objects do.</summary>
    /// <param name="kind">What kind of thing.</param>
    /// <param name="id">Its id.</param>
    public IReadOnlyList<ObjectOwner> Of(KernelObjectKind kind, uint id) => _owners.TryGetValue((kind, id), out List<ObjectOwner>? list) ? list : [];

    private void AddProcess(int process, string directory)
    {
        ObjectOwner? owner = null;
        foreach (string descriptor in Directory.EnumerateFiles(Path.Combine(directory, "fd")))
        {
            string target;
            try
            {
                target = File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name ?? "";
            }
            catch (IOException)
            {
                continue;
            }

            bool types = target == "btf" || target.EndsWith(":btf", StringComparison.Ordinal) || target.EndsWith("[btf]", StringComparison.Ordinal);
            if (!types && !target.Contains("bpf", StringComparison.Ordinal))
            {
                continue;
            }

            DescriptorInfo info = DescriptorInfo.Read(process, int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture));
            foreach ((string field, KernelObjectKind kind) in s_fields)
            {
                if (info.Number(field) is { } id)
                {
                    owner ??= new ObjectOwner(process, File.ReadAllText(Path.Combine(directory, "comm")).TrimEnd('\n'));
                    Add(kind, (uint)id, owner);
                    // A link's lines name its program too, which the process does not hold.
                    break;
                }
            }
        }
    }

    private void Add(KernelObjectKind kind, uint id, ObjectOwner owner)
    {
        if (!_owners.TryGetValue((kind, id), out List<ObjectOwner>? list))
        {
            _owners[(kind, id)] = list = [];
        }

        if (!list.Contains(owner))
        {
            list.Add(owner);
        }
    }
}
