#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); if (ip->proto != 17) return PASS; READ(struct udp, udp, (void *)(ip + 1)); if (udp->dst != htons(53) || htons(udp->len) < 20) return PASS; u8 *q = (void *)(udp + 1); if ((void *)(q + 16) > end) return PASS; return q[12] == 3 && q[13] == 'w' && q[14] == 'w' && q[15] == 'w' ? DROP : PASS;
}
