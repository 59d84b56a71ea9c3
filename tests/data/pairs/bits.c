#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return (w->a >> 4 & 0xf) | (w->b >> 12 & 0xff) << 4 | (w->e >> 40 & 0xfff) << 12;
}
