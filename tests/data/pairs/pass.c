#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    return PASS;
}
