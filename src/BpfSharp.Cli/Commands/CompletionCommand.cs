using System.CommandLine;
using BpfSharp.Cli.Output;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp completion</c>: the script that makes a shell complete this tool's words.</summary>
internal static class CompletionCommand
{
    // Each asks the tool itself ([suggest] is System.CommandLine's directive), so new verbs need no new script.
    private static readonly (string Shell, string Script)[] s_scripts =
    [
        ("bash", """
            _bpfsharp() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(bpfsharp "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _bpfsharp bpfsharp
            """),
        ("zsh", """
            #compdef bpfsharp
            _bpfsharp() {
                local -a words_found
                words_found=("${(@f)$(bpfsharp "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                compadd -a words_found
                _files
            }
            compdef _bpfsharp bpfsharp
            """),
        ("fish", """
            complete -c bpfsharp -a '(bpfsharp "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
            """),
        ("pwsh", """
            Register-ArgumentCompleter -Native -CommandName bpfsharp -ScriptBlock {
                param($word, $line, $position)
                bpfsharp "[suggest:$position]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """),
    ];

    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. s_scripts.Select(s => s.Shell)]);
        Command command = new("completion", "Write the script that completes this tool's words: source it from the shell's start-up file.") { shell };
        command.SetAction(parsed =>
        {
            open(parsed).WriteLine(s_scripts.First(s => s.Shell == parsed.GetRequiredValue(shell)).Script);
            return ExitCode.Success;
        });
        return command;
    }
}
