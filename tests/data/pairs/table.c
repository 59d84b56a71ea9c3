#include "pairs.h"

static const u32 table[16] = {1, 5, 9, 20, 33, 47, 61, 80, 99, 101, 150, 180, 201, 255, 300, 999};

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return table[w->a & 15] + table[w->b >> 28];
}
