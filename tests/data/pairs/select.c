#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    s64 x = w->g; u64 y = x < 0 ? -x : x; return y > w->e ? (u32)(y - w->e) : (u32)(w->e - y);
}
