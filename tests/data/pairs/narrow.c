#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return (u8)w->a + (u16)w->b + (s8)w->c + (s16)w->d;
}
