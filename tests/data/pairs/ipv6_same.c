#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); READ(struct ipv6, ip, (void *)(eth + 1)); return ip->src[0] == ip->dst[0] && ip->src[1] == ip->dst[1] && ip->src[2] == ip->dst[2] && ip->src[3] == ip->dst[3] ? DROP : PASS;
}
