#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); return eth->type == htons(0x800) ? TX : PASS;
}
