#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 s = 0; _Pragma("nounroll") for (int i = 0; i < 16; i++) { u32 bit = w->a >> i & 1; switch (s) { case 0: s = bit ? 1 : 0; break; case 1: s = bit ? 2 : 0; break; case 2: s = bit ? 2 : 3; break; default: s = bit ? 1 : 0; break; } } return s;
}
