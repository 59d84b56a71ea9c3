using BpfSharp.Diagnostics;

namespace BpfSharp.Linux;

/// <summary>The kernel refused something other than a program: with the object, the command and the errno by name.</summary>
public sealed class KernelException : BpfException
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="subject">What was asked for: <c>map 'events'</c>, <c>interface 'veth0'</c> …</param>
    /// <param name="command">The system call or command, for example <c>BPF_MAP_CREATE</c>.</param>
    /// <param name="errno">The positive error number; 0 if no call was made.</param>
    /// <param name="finding">What was found, what is allowed and the next step.</param>
    public KernelException(string subject, string command, int errno, Finding finding) : base(finding)
    {
        Subject = subject;
        Command = command;
        ErrorNumber = errno;
    }

    /// <summary>What was asked for.</summary>
    public string Subject { get; }

    /// <summary>The system call or command refused.</summary>
    public string Command { get; }

    /// <summary>The positive error number; 0 if no call was made.</summary>
    public int ErrorNumber { get; }

    /// <summary>The error's name, for example <c>EPERM</c>; <c>ENOTSUPP</c> for the kernel's own 524.</summary>
    public string ErrorName => ErrorNumber == 0 ? "" : Errno.NameOf(ErrorNumber);

    internal static KernelException Refused(
        string id, string subject, string command, int errno, string? message = null, string? suggestion = null) =>
        new(subject, command, errno, new Finding
        {
            Id = id,
            Where = subject,
            Message = $"{command} failed with {Errno.NameOf(errno)}{(message is null ? "" : ": " + message)}",
            Suggestion = suggestion ?? Advice.For(errno),
        });

    internal static KernelException Missing(string id, string subject, string message, string? suggestion = null) =>
        new(subject, "", 0, new Finding { Id = id, Where = subject, Message = message, Suggestion = suggestion });
}
