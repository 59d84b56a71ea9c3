using System.Runtime.InteropServices;
using BpfSharp.ConformancePlugin;

namespace BpfSharp.Conformance.Tests;

/// <summary>The conformance plugin speaks the runner's protocol.</summary>
public sealed class PluginTests
{
    public static bool ArePresent => ConformanceVectors.ArePresent;

    [Theory(SkipUnless = nameof(ArePresent), Skip = "needs the folder shared/conformance beside the repository")]
    [InlineData("--interpreter")]
    [InlineData("--jit")]
    [InlineData("--jit", "--checked")]
    public void All_vectors_pass_through_the_plugin(params string[] options)
    {
        List<string> wrong = [];
        foreach (ConformanceVector vector in ConformanceVectors.Read())
        {
            string[] arguments = vector.Memory.Length == 0 ? options : [Hex(vector.Memory), .. options];
            (int status, string output, string errors) = Run(arguments, Hex(MemoryMarshal.AsBytes(vector.Program.AsSpan())) + "\n");
            if (status != 0 || ConformanceVectors.ParseNumber("0x" + output.Trim()) != vector.Expected)
            {
                wrong.Add($"{vector.Name}: status {status}, output {output}, errors {errors}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("", "no whole number")]
    [InlineData("b7 00 00", "no whole number")]
    [InlineData("zz", "zz")]
    [InlineData("ff 00 00 00 00 00 00 00", "BPF4305")]
    public void A_program_that_cannot_run_is_an_error(string program, string expected)
    {
        (int status, string output, string errors) = Run(["--interpreter", "--checked"], program);
        Assert.Equal(1, status);
        Assert.Empty(output);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_option_is_an_error() => Assert.Equal(1, Run(["--fast"], "95 00 00 00 00 00 00 00").Status);

    // The runner writes two blanks after each byte.
    private static string Hex(ReadOnlySpan<byte> bytes) => string.Concat(bytes.ToArray().Select(b => $"{b:x2}  "));

    private static (int Status, string Output, string Errors) Run(string[] arguments, string input)
    {
        using StringReader reader = new(input);
        using StringWriter output = new();
        using StringWriter errors = new();
        return (Plugin.Run(arguments, reader, output, errors), output.ToString(), errors.ToString());
    }
}
