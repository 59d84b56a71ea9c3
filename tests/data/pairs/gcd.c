#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 a = w->a & 0xff, b = w->b & 0xff; for (int i = 0; i < 12 && b; i++) { u32 t = a % b; a = b; b = t; } return a;
}
