using BpfSharp.Linux.Symbols;

namespace BpfSharp.Linux.Tests.Symbols;

public sealed class TraceableFunctionTests
{
    /// <summary>Two names for one place, padding before it, a name twice, and a function that ftrace does not offer.</summary>
    private static readonly KernelSymbols.Symbol[] s_functions =
    [
        new(0x0ff0, 't', "__pfx___do_sys_getppid", null),
        new(0x1000, 't', "__do_sys_getppid", null),
        new(0x1000, 'T', "__x64_sys_getppid", null),
        new(0x2000, 't', "__x64_sys_getpid", null),
        new(0x3000, 't', "unlinked", "dummy"),
        new(0x4000, 't', "unlinked", null),
        new(0x5000, 't', "hidden", null),
    ];

    [Theory]
    [InlineData("__x64_sys_getpp*", "4096")]
    [InlineData("*sys_getppid", "4096")]
    [InlineData("__x64_sys_get*pid", "4096 8192")]
    [InlineData("unlinke?", "12288 16384")]
    [InlineData("hidden", "")]
    [InlineData("getppid", "")]
    public void Names_that_ftrace_offers_stand_for_places(string pattern, string places)
    {
        Assert.Equal(places, Places(pattern, [], ["__do_sys_getppid", "__x64_sys_getpid", "unlinked"], s_functions));
        string exact = pattern == "unlinke?" ? "16384" : places;
        Assert.Equal(exact, Places(pattern, [0x1000, 0x2000, 0x4000], [], s_functions));
    }

    [Fact]
    public void Without_ftrace_the_kernel_judges_all_but_padding()
    {
        Assert.Equal("20480", Places("hidden", [], [], s_functions));
        Assert.Equal("4096", Places("*getppid", [], [], s_functions));
    }

    [Fact]
    public void Without_addresses_names_are_matched()
    {
        KernelSymbols.Symbol[] functions = [.. s_functions.Select(f => f with { Address = 0 })];
        Assert.Equal(["__x64_sys_getpid"], TraceableFunctions.Matching("__x64*", new HashSet<ulong>(), new HashSet<string> { "__x64_sys_getpid" }, functions).Select(f => f.Name));
        Assert.Single(TraceableFunctions.Matching("unlinked", new HashSet<ulong>(), new HashSet<string>(), functions));
    }

    private static string Places(string pattern, ulong[] places, string[] names, KernelSymbols.Symbol[] functions) =>
        string.Join(' ', TraceableFunctions.Matching(pattern, places.ToHashSet(), names.ToHashSet(), functions).Select(f => f.Address));
}
