#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); if (ip->proto != 6) return PASS; READ(struct tcp, tcp, (void *)(ip + 1)); return (tcp->flags & 0x12) == 2 ? DROP : PASS;
}
