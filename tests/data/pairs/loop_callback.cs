struct State { public uint Value, Sum; }
struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        State s = new() { Value = w.A }; Bpf.Loop(20, static (uint i, ref State s) => { s.Sum += s.Value >> (int)(i & 15); return true; }, ref s); return s.Sum;
    }
}
