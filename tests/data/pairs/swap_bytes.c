#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return __builtin_bswap32(w->a) + __builtin_bswap16((u16)w->b) + (u32)__builtin_bswap64(w->e);
}
