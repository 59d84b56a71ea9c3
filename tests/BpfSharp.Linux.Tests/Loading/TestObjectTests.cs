using BpfSharp.Diagnostics;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Linux.Tests.Loading;

/// <summary>Every object of the tests and samples goes into this kernel, or is refused for the reason that stands here.</summary>
public sealed class TestObjectTests
{
    /// <summary>Objects this kernel cannot take, and a part of the reason it must be refused with.</summary>
    private static readonly Dictionary<string, string> s_refused = new()
    {
        ["addresses"] = "invalid mem access 'scalar'",
        ["callback_global"] = "callback function not static",
        ["core_loads"] = "not in this kernel (CO-RE)",
        ["core_subprogram"] = "kernel's verifier",
        ["core_types"] = "not in this kernel (CO-RE)",
        ["iproute_maps"] = "names no program type",
        // Its flags ask for a NUMA node, and the number behind them for the second one.
        ["legacy_forms"] = "flags NumaNode",
        ["legacy_maps_long"] = "BPF_MAP_CREATE failed with EINVAL",
        ["legacy_maps_pinned"] = "cannot pass map_type 4",
        ["undefined_call"] = "no kernel function 'copy_bytes'",
    };

    /// <summary>Objects that use what only later kernels have.</summary>
    private static readonly Dictionary<string, (int Major, int Minor, string What)> s_since = new()
    {
        ["arena"] = (6, 9, "arenas"),
        ["btf_maps"] = (5, 16, "bloom filters"),
        ["callbacks"] = (5, 13, "callbacks"),
        ["callback_global"] = (5, 13, "callbacks"),
        ["optional"] = (5, 18, "XDP programs that take frames in several buffers"),
        ["struct_ops"] = (6, 4, "links of kernel structures"),
    };

    public static IEnumerable<TheoryDataRow<string>> Objects()
    {
        foreach (string folder in (string[])["tests/data/objects", "samples/c"])
        {
            foreach (string path in Directory.GetFiles(Path.Combine(TestPaths.Repository, folder), "*.c").Order(StringComparer.Ordinal))
            {
                yield return new TheoryDataRow<string>(Path.ChangeExtension(Path.GetRelativePath(TestPaths.Repository, path), null));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Loads_or_says_why(string name) => Sandboxed.Run(box =>
    {
        string folder = Path.Combine(TestPaths.Repository, Path.GetDirectoryName(name)!);
        if (s_since.TryGetValue(Path.GetFileName(name), out (int Major, int Minor, string What) since))
        {
            Assert.SkipUnless(KernelVersion.Current.AtLeast(since.Major, since.Minor), $"{since.What} need Linux {since.Major}.{since.Minor}");
        }

        string? reason = s_refused.GetValueOrDefault(Path.GetFileName(name));
        // name.o, and name.14.o … of older compilers.
        foreach (string path in Directory.GetFiles(folder, Path.GetFileName(name) + "*.o").Where(p => p[..^2].TrimEnd("0123456789.".ToCharArray()).EndsWith(name, StringComparison.Ordinal)))
        {
            BpfObject source = BpfObject.Read(path);
            if (reason is null)
            {
                using KernelObject loaded = box.Load(source);
                Assert.Equal(source.Programs.Count(p => p.AutoLoad && p.Section != ".text"), loaded.Programs.Count);
                Assert.Equal(source.Programs.Count(p => p.Section == ".text"), loaded.Findings.Length);
            }
            else if (KernelVersion.Current.AtLeast(6, 1))
            {
                BpfException error = Assert.ThrowsAny<BpfException>(() => box.Load(source));
                Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            }
            else if (Record.Exception(() => box.Load(source)) is { } refusal)
            {
                // Other types, other words: old kernels may take it, or refuse it in their own way.
                Assert.IsAssignableFrom<BpfException>(refusal);
            }
        }
    }, [name]);
}
