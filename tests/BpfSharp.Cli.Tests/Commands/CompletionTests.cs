using System.Diagnostics;

namespace BpfSharp.Cli.Tests.Commands;

/// <summary>The completion scripts: bash for real, the others as far as they can be read.</summary>
public sealed class CompletionTests
{
    // A line as it stands when Tab is pressed, and words that must be offered.
    private static readonly (string Line, string[] Words)[] s_cases =
    [
        ("bpfsharp dis", ["disasm"]),
        ("bpfsharp gen ", ["csharp"]),
        ("bpfsharp btf dump x.o --fo", ["--format"]),
        ("bpfsharp completion ", ["bash", "fish", "pwsh", "zsh"]),
    ];

    [Fact]
    public void Bash_completes_verbs_options_and_values()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "no bash here");
        using Tool tool = new();
        tool.Run(0, "completion", "bash");
        string script = tool.Write("bpfsharp.bash", $$"""
            bpfsharp() { dotnet "{{typeof(Application).Assembly.Location}}" "$@"; }
            {{tool.Output}}
            complete -p bpfsharp
            while IFS= read -r line; do
                COMP_LINE="$line"; COMP_POINT=${#line}; COMP_WORDS=($line)
                [[ "$line" == *" " ]] && COMP_WORDS+=("")
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
                _bpfsharp
                echo "$line=${COMPREPLY[*]}"
            done
            """);
        using Process bash = Process.Start(new ProcessStartInfo("/bin/bash", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        foreach ((string line, _) in s_cases)
        {
            bash.StandardInput.WriteLine(line);
        }

        bash.StandardInput.Close();
        string output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        Assert.Contains("-F _bpfsharp bpfsharp", output, StringComparison.Ordinal);
        foreach ((string line, string[] words) in s_cases)
        {
            string offered = output.Split('\n').Single(l => l.StartsWith(line + "=", StringComparison.Ordinal))[(line.Length + 1)..];
            Assert.Superset(words.ToHashSet(), offered.Split(' ').ToHashSet());
        }
    }

    [Theory]
    [InlineData("zsh", "compdef _bpfsharp bpfsharp")]
    [InlineData("fish", "complete -c bpfsharp")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName bpfsharp")]
    public void Other_shells_have_a_script_that_asks_the_tool(string shell, string registration)
    {
        using Tool tool = new();
        tool.Run(0, "completion", shell);
        Assert.Contains(registration, tool.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", tool.Output, StringComparison.Ordinal);
        tool.Run(2, "completion", "csh");
    }
}
