#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return w->a / 10 + w->b % 1000 + (u32)(w->e / 3);
}
