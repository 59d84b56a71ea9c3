#include "pairs.h"

volatile const u32 limit = 100;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return w->a > limit ? DROP : PASS;
}
