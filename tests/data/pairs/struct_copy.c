#include "pairs.h"

struct pair { u32 a; s32 b; u64 c; };

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    struct pair p = { w->a, w->c, w->e }; struct pair q = p; q.b += 3; return q.a + (u32)q.b + (u32)(p.c >> 3) + (u32)p.b;
}
