#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1));
    switch (ip->proto) { case 6: return DROP; case 17: return TX; case 1: return ABORTED; default: return PASS; }
}
