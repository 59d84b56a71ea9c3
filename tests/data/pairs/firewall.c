#include "pairs.h"

struct event { u64 time; u32 source; };
u64 lost;
struct { UINT(type, 1); UINT(max_entries, 4096); TYPE(key, u32); TYPE(value, u64); } blocked SEC(".maps");
struct { UINT(type, 27); UINT(max_entries, 1 << 20); } drops SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); if (eth->type != htons(0x800)) return PASS; READ(struct ipv4, ip, (void *)(eth + 1));
    u32 key = htonl(ip->src); u64 *hits = map_lookup(&blocked, &key); if (!hits) return PASS; __sync_fetch_and_add(hits, 1);
    struct event e = { ktime(), key }; if (ringbuf_output(&drops, &e, sizeof e, 0)) __sync_fetch_and_add(&lost, 1); return DROP;
}
