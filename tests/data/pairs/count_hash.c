#include "pairs.h"

struct { UINT(type, 1); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, u64); } counts SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 k = w->a; u64 *n = map_lookup(&counts, &k), one = 1; if (n) __sync_fetch_and_add(n, 1); else map_update(&counts, &k, &one, 1); return PASS;
}
