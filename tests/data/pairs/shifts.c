#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return (w->e << 13 ^ w->f >> 7) + (w->g >> 5);
}
