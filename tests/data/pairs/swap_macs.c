#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); u16 *p = data; u16 a = p[0], b = p[1], c = p[2]; p[0] = p[3]; p[1] = p[4]; p[2] = p[5]; p[3] = a; p[4] = b; p[5] = c; return TX;
}
