using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Introspection;

/// <summary>What programs print with <c>bpf_printk</c>: the kernel's one trace pipe, for all programs together.</summary>
/// <remarks>A line is read by one reader only: with several, each sees a part.</remarks>
[SupportedOSPlatform("linux")]
public static class TracePipe
{
    /// <summary>Lines as they come, until cancelled.</summary>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="KernelException">tracefs is not mounted, or the pipe may not be read.</exception>
    public static async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string tracing = FileSystem.TracingDirectory ?? throw KernelException.Missing("BPF5021", "trace pipe", "tracefs is not mounted",
            "mount it: mount -t tracefs tracefs /sys/kernel/tracing");
        int descriptor = Interop.Libc.Open(Path.Combine(tracing, "trace_pipe"), NonBlocking);
        if (descriptor < 0)
        {
            throw KernelException.Refused("BPF5021", "trace pipe", "open", -descriptor);
        }

        using Interop.BpfHandle pipe = Interop.BpfHandle.Of(descriptor);
        using Buffers.ReaderWaiting waiting = new(descriptor);
        byte[] buffer = new byte[16 * 1024];
        int held = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = Interop.Libc.Read(descriptor, buffer.AsSpan(held));
            if (read <= 0)
            {
                await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            held += read;
            int end;
            while ((end = Array.IndexOf(buffer, (byte)'\n', 0, held)) >= 0 || held == buffer.Length)
            {
                // A line longer than the buffer comes in pieces.
                end = end < 0 ? held : end;
                yield return System.Text.Encoding.UTF8.GetString(buffer, 0, end);
                int rest = Math.Max(0, held - end - 1);
                Array.Copy(buffer, Math.Min(held, end + 1), buffer, 0, rest);
                held = rest;
            }
        }
    }

    private const int NonBlocking = 0x800;
}
