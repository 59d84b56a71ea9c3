#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 m = w->a; if (w->b < m) m = w->b; if ((u32)w->c < m) m = w->c; if ((u32)w->d < m) m = w->d; return m;
}
