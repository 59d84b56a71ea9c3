#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 n = w->a; n -= n >> 3; n += w->b >> 3; return n > 1000 ? 1000 : n;
}
