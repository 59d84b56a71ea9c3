#include "pairs.h"

struct state { u32 value, sum; };
NOINLINE long step(u32 i, struct state *s) { s->sum += s->value >> (i & 15); return 0; }

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    struct state s = { w->a, 0 }; loop(20, step, &s, 0); return s.sum;
}
