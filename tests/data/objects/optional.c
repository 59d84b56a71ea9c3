#include "bpf.h"
SEC("?xdp") int off(struct xdp_md *ctx) { return 1; }
SEC("?fentry.s/do_unlinkat") int sleepy(void *ctx) { return 0; }
SEC("xdp.frags") int frags(struct xdp_md *ctx) { return 2; }
SEC("tp_btf/sched_switch") int sched(void *ctx) { return 0; }
SEC("uprobe//lib/libc.so.6:malloc") int probe(void *ctx) { return 0; }
char _license[] SEC("license") = "GPL";
