#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u64 *p = (void *)w; for (int i = 0; i < 4; i++) p[i] ^= 0x5a5a5a5a5a5a5a5aull; return TX;
}
