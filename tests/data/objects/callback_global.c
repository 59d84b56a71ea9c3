#include "bpf.h"
int step(u32 index, u64 *sum) { return 0; }
SEC("xdp") int run(struct xdp_md *ctx) { return loop(2, step, NULL, 0); }
char _license[] SEC("license") = "GPL";
