#include "pairs.h"

u64 total; u32 count;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    total += w->a; count++; return (u32)total;
}
