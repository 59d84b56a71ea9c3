#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return (w->a > 5 && w->b < 100) || (w->c == w->d && w->e != w->f) ? DROP : PASS;
}
