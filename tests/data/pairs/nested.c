#include "pairs.h"

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    u32 s = 0; _Pragma("nounroll") for (int i = 0; i < 6; i++) _Pragma("nounroll") for (int j = 0; j < 5; j++) s = s * 3 + (w->a >> i ^ w->b >> j); return s;
}
