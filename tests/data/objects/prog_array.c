#include "bpf.h"
SEC("xdp") int leaf_a(struct xdp_md *ctx) { return 1; }
SEC("xdp") int leaf_b(struct xdp_md *ctx) { return 2; }
struct { __uint(type, PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __array(values, int(void *)); }
jumps SEC(".maps") = { .values = { [1] = (void *)&leaf_a, [3] = (void *)&leaf_b } };
SEC("xdp") int entry(struct xdp_md *ctx) { tail_call(ctx, &jumps, ctx->rx_queue_index); return 0; }
char _license[] SEC("license") = "GPL";
