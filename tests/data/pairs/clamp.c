#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    s32 x = w->c; return x < -100 ? -100 : x > 1000 ? 1000 : x;
}
