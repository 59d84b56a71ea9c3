#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u8 c = w->a; 
    _Pragma("nounroll") for (int i = 0; i < 8; i++) c = c & 0x80 ? (u8)(c << 1) ^ 7 : c << 1; return c;
}
