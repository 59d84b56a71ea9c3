#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 m = w->a > w->b ? w->a : w->b; return m > (u32)w->c ? m : (u32)w->c;
}
