#include "pairs.h"

struct stat { u64 packets, bytes; };
struct { UINT(type, 6); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct stat); } stats SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 k = 0; struct stat *s = map_lookup(&stats, &k); if (!s) return ABORTED; s->packets++; s->bytes += w->b; return PASS;
}
