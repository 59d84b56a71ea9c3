#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    return prandom() % 100 < 5 ? DROP : PASS;
}
