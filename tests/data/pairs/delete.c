#include "pairs.h"

struct { UINT(type, 1); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, u32); } m SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 k = w->a; return map_delete(&m, &k) == 0 ? DROP : PASS;
}
