struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [MethodImpl(MethodImplOptions.NoInlining)] static uint Mix(uint a, uint b) { a ^= b << 7; a *= 0x9e3779b1; return a >> 5 ^ b; }

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        return Mix(w.A, w.B) + Mix(w.B, w.A);
    }
}
