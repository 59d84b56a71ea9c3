#include "bpf.h"
struct sock;
struct tcp_congestion_ops {
    u32 (*ssthresh)(struct sock *sk);
    void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
    u32 (*undo_cwnd)(struct sock *sk);
    u32 flags;
    char name[16];
};
SEC("struct_ops/threshold") u32 threshold(u64 *ctx) { return 2; }
SEC("struct_ops/avoid") void avoid(u64 *ctx) { }
SEC("struct_ops") u32 undo(u64 *ctx) { return 10; }
SEC(".struct_ops.link") struct tcp_congestion_ops plain = {
    .ssthresh = (void *)threshold, .cong_avoid = (void *)avoid, .undo_cwnd = (void *)undo, .flags = 0, .name = "bpf_plain",
};
SEC(".struct_ops") struct tcp_congestion_ops old = { .undo_cwnd = (void *)undo, .name = "bpf_old" };
char _license[] SEC("license") = "GPL";
