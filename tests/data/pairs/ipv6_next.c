#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x86dd)) return PASS; READ(struct ipv6, ip, (void *)(eth + 1)); return ip->next == 58 || ip->hops < 2 ? DROP : PASS;
}
