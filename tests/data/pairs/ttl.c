#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); if (ip->ttl < 2) return DROP; u32 sum = ip->check + htons(0x100); ip->check = sum + (sum >= 0xffff); ip->ttl--; return PASS;
}
