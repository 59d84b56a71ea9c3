using System.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.Objects;

/// <summary>What we write, Debian's bpftool reads: its skeleton generator opens the object by libbpf, without privileges.</summary>
public class BpftoolTests
{
    [Theory]
    [InlineData("btf_maps")]
    [InlineData("map_of_maps")]
    [InlineData("prog_array")]
    [InlineData("legacy_maps")]
    [InlineData("subprograms")]
    [InlineData("callbacks")]
    [InlineData("strings")]
    [InlineData("kconfig")]
    [InlineData("ksyms")]
    [InlineData("core_fields")]
    [InlineData("core_subprogram")]
    [InlineData("ringbuf_event")]
    public async Task A_written_object_opens_in_bpftool(string name)
    {
        string? tool = ((string[])["/usr/sbin/bpftool", "/usr/bin/bpftool", "/usr/local/sbin/bpftool"]).FirstOrDefault(File.Exists);
        Assert.SkipUnless(tool is not null, "bpftool is not installed (Debian package bpftool)");
        string path = Path.Combine(Path.GetTempPath(), $"bpfsharp-{Guid.NewGuid():n}.o");
        BpfObject.Read(Path.Combine(TestPaths.Repository, "tests", "data", "objects", name + ".o")).Write(path);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(tool!, ["gen", "skeleton", path, "name", "written"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string skeleton = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, $"{name}: {await errors}");
            Assert.Contains("struct written", skeleton, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
