#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    switch (w->a) { case 10: return 1; case 200: return 5; case 3000: return 9; case 40000: return 11; default: return 2; }
}
