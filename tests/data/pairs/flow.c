#include "pairs.h"

struct flow { u32 src, dst; u16 from, to; };
struct { UINT(type, 9); UINT(max_entries, 64); TYPE(key, struct flow); TYPE(value, u32); } flows SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1)); if (ip->proto != 6) return PASS; READ(struct tcp, tcp, (void *)(ip + 1));
    struct flow k = { ip->src, ip->dst, tcp->src, tcp->dst }; u32 *n = map_lookup(&flows, &k); if (!n) { u32 one = 1; map_update(&flows, &k, &one, 0); return PASS; } *n += 1; return *n > 100 ? DROP : PASS;
}
