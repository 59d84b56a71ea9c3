using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using BpfSharp.Verifier.KernelLog;

namespace BpfSharp.Verifier.Tests.Cases;

/// <summary>What the running kernel says of a program, now.</summary>
/// <param name="Verdict"><c>accept</c>, <c>reject</c>, or <c>environment</c>: refused before the verifier looked.</param>
/// <param name="Finding">Why.</param>
/// <param name="Log">The verifier's log, if one was asked for or it refused.</param>
[SupportedOSPlatform("linux")]
internal sealed partial record LiveVerdict(string Verdict, Finding? Finding, string Log)
{
    private const uint CapNetAdmin = 12;
    private const uint CapBpf = 39;

    /// <summary>Loads the one program of an object.</summary>
    /// <param name="obj">The object.</param>
    /// <param name="strict">Whether as a loader with CAP_BPF and CAP_NET_ADMIN alone.</param>
    /// <param name="logLevel">The verifier's log level.</param>
    public static LiveVerdict Ask(BpfObject obj, bool strict = false, uint logLevel = 0)
    {
        if (!strict)
        {
            return Load(obj, logLevel);
        }

        // Capabilities belong to a thread: one of its own keeps the others as they are.
        LiveVerdict? answer = null;
        Thread weak = new(() =>
        {
            DropCapabilities();
            answer = Load(obj, logLevel);
        });
        weak.Start();
        weak.Join();
        return answer!;
    }

    private static LiveVerdict Load(BpfObject obj, uint logLevel)
    {
        try
        {
            using LoadedObject loaded = BpfHost.Kernel.Load(obj, new KernelLoadOptions { LogLevel = logLevel });
            // A program whose structure or target the object does not describe is left out by the loader.
            return loaded.Programs.Values.OfType<KernelProgram>().FirstOrDefault() is { } program
                ? new("accept", null, program.Log) : new("environment", null, "");
        }
        catch (ProgramRejectedException e)
        {
            string log = e.Log ?? "";
            Finding? finding = KernelLogParser.Parse(log, obj.Programs[0]).FirstOrDefault();
            bool judged = log.Contains("processed ", StringComparison.Ordinal) || finding is not null;
            return new(judged ? "reject" : "environment", finding, log);
        }
        catch (BpfException e)
        {
            return new("environment", e.Findings.FirstOrDefault(), e.Message);
        }
    }

    private static void DropCapabilities()
    {
        ReadOnlySpan<uint> header = [0x20080522, 0];
        // effective, permitted, inheritable; low and high halves.
        ReadOnlySpan<uint> few = [1u << (int)CapNetAdmin, 1u << (int)CapNetAdmin, 0, 1u << (int)(CapBpf - 32), 1u << (int)(CapBpf - 32), 0];
        if (SetCapabilities(MemoryMarshal.GetReference(header), MemoryMarshal.GetReference(few)) != 0)
        {
            throw new InvalidOperationException("capset failed");
        }
    }

    [LibraryImport("libc", EntryPoint = "capset")]
    private static partial int SetCapabilities(in uint header, in uint data);
}
