#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    if (w->a == 1) return 10; if (w->b == 2) return 20; if (w->c == 3) return 30; if (w->d == 4) return 40; if (w->e == 5) return 50; return 60;
}
