#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); u16 t = eth->type; void *at = eth + 1;
    if (t == htons(0x8100)) { u16 *v = at; if ((void *)(v + 2) > end) return PASS; t = v[1]; }
    return t == htons(0x86dd) ? DROP : PASS;
}
