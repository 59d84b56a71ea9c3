#include "pairs.h"

struct { UINT(type, 2); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, u64); } counts SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 k = w->a & 63; u64 *n = map_lookup(&counts, &k); if (n) *n += 1; return PASS;
}
