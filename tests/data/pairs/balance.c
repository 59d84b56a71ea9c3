#include "pairs.h"

struct { UINT(type, 2); UINT(max_entries, 16); TYPE(key, u32); TYPE(value, u32); } backends SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); if (ip->proto != 6) return PASS; READ(struct tcp, tcp, (void *)(ip + 1));
    u32 h = ip->src * 0x9e3779b1 ^ (u32)tcp->src << 16 ^ tcp->dst; h ^= h >> 15; u32 k = h & 15; u32 *b = map_lookup(&backends, &k); if (!b || !*b) return PASS; ip->dst = *b; ip->check = 0; return TX;
}
