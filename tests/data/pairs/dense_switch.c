#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    switch (w->a) { case 0: return w->b; case 1: return w->b + 7; case 2: return w->b * 3; case 3: return w->b ^ 9; case 4: return 12; default: return 0; }
}
