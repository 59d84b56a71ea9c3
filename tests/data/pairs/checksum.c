#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); u16 *p = (void *)ip; u32 s = 0;
    for (int i = 0; i < 10; i++) s += p[i];
    s = (s & 0xffff) + (s >> 16); return (s + (s >> 16)) & 0xffff;
}
