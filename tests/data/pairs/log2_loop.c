#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 n = 0; u64 v = w->e; for (int i = 0; i < 64 && v > 1; i++) { v >>= 1; n++; } return n;
}
