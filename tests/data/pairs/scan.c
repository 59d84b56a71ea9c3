#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct eth, eth, data); u8 *p = data; u32 n = 0;
    _Pragma("nounroll") for (int i = 14; i < 64; i++) { if ((void *)(p + i + 1) > end) break; if (p[i] == 0) n++; } return n;
}
