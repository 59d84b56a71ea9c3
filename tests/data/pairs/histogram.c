#include "pairs.h"

struct { UINT(type, 2); UINT(max_entries, 32); TYPE(key, u32); TYPE(value, u64); } hist SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u64 v = w->e & 0xffffff; u32 slot = 0; for (int i = 0; i < 24 && v; i++) { v >>= 1; slot++; } u64 *n = map_lookup(&hist, &slot); if (n) __sync_fetch_and_add(n, 1); return PASS;
}
