#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); u32 n = (ip->vihl & 15) * 4; if (n < 20) return DROP; READ(struct ports, l4, (void *)ip + n); return l4->dst == htons(53) ? DROP : PASS;
}
