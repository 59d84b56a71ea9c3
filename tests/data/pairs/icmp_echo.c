#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); if (ip->proto != 1) return PASS; READ(struct icmp, icmp, (void *)(ip + 1)); if (icmp->type != 8) return PASS; icmp->type = 0; u32 t = ip->src; ip->src = ip->dst; ip->dst = t; return TX;
}
