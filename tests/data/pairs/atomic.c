#include "pairs.h"

u64 n, m;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    __sync_fetch_and_add(&n, w->a); __sync_fetch_and_or(&m, w->e); return (u32)__sync_fetch_and_add(&n, 1);
}
