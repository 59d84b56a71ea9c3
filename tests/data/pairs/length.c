#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; return end - data > 100 ? DROP : PASS;
}
