#include "pairs.h"

struct bucket { u64 time, tokens; };
struct { UINT(type, 1); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, struct bucket); } buckets SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 k = w->a; struct bucket *b = map_lookup(&buckets, &k); u64 now = ktime(); if (!b) { struct bucket n = { now, 10 }; map_update(&buckets, &k, &n, 0); return PASS; }
    u64 add = (now - b->time) / 1000000; if (add) { b->tokens = b->tokens + add > 10 ? 10 : b->tokens + add; b->time = now; } if (b->tokens == 0) return DROP; b->tokens--; return PASS;
}
