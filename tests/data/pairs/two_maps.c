#include "pairs.h"

struct { UINT(type, 1); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, u32); } indices SEC(".maps");
struct { UINT(type, 2); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, u64); } values SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 k = w->a; u32 *i = map_lookup(&indices, &k); if (!i) return PASS; u64 *v = map_lookup(&values, i); if (!v) return DROP; *v ^= w->e; return TX;
}
