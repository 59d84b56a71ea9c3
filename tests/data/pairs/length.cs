[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        return ctx.Length > 100 ? 1u : 2u;
    }
}
