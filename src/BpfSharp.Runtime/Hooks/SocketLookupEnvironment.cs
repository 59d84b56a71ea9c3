using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>Socket lookup programs: a <c>struct bpf_sk_lookup</c> that says who looks for whom; no socket is chosen before.</summary>
internal sealed class SocketLookupEnvironment : RunEnvironment
{
    // struct bpf_sk_lookup (include/uapi/linux/bpf.h).
    private const int DeclaredBytes = 72;
    private const int CookieBytes = 8;
    private const int FamilyOffset = 8;
    private const int RemoteIPv4Offset = 16;
    private const int RemoteIPv6Offset = 20;
    private const int LocalIPv4Offset = 40;
    private const int LocalIPv6Offset = 44;
    private const int LocalPortOffset = 60;
    private const int IPv6Bytes = 16;
    private const uint IPv4 = 2;
    private const uint IPv6 = 10;

    /// <inheritdoc/>
    public override ContextShape Shape => ContextShape.Plain;

    /// <inheritdoc/>
    public override bool SuitsUncheckedRuns => true;

    /// <inheritdoc/>
    public override ulong Prepare(RunContext run, RunInput input)
    {
        ReadOnlySpan<byte> given = input.Context.Span;
        if (!input.Packet.IsEmpty || given.Length < DeclaredBytes - sizeof(uint) || given.Length > DeclaredBytes)
        {
            throw new ArgumentException(
                $"a socket lookup has no packet and a context of {DeclaredBytes} bytes (struct bpf_sk_lookup); it got {input.Packet.Length} and {given.Length}",
                nameof(input));
        }

        run.Shape = ContextShape.Plain;
        Span<byte> context = run.SizeContext(DeclaredBytes);
        context.Clear();
        given.CopyTo(context);

        // What stands there for the caller is a cookie, for the program a pointer to a socket: there is none yet.
        context[..CookieBytes].Clear();
        uint family = BinaryPrimitives.ReadUInt32LittleEndian(context[FamilyOffset..]);
        uint port = BinaryPrimitives.ReadUInt32LittleEndian(context[LocalPortOffset..]);
        if (family is not (IPv4 or IPv6) || port > ushort.MaxValue)
        {
            throw new ArgumentException(
                $"family {family} and local port {port}: the family is {IPv4} (IPv4) or {IPv6} (IPv6), the port, in host order, at most {ushort.MaxValue}",
                nameof(input));
        }

        // Programs see the addresses of the family, and zeros for the other.
        if (family == IPv4)
        {
            context.Slice(RemoteIPv6Offset, IPv6Bytes).Clear();
            context.Slice(LocalIPv6Offset, IPv6Bytes).Clear();
        }
        else
        {
            context.Slice(RemoteIPv4Offset, sizeof(uint)).Clear();
            context.Slice(LocalIPv4Offset, sizeof(uint)).Clear();
        }

        return 0;
    }

    /// <inheritdoc/>
    public override RunResult Collect(RunContext run, RunInput input, ulong returnValue) => new()
    {
        ReturnValue = returnValue,
        Context = input.Context,
        Printed = run.Printed,
    };
}
