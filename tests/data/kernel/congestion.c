/* A TCP congestion control: counts its calls and keeps the window at ten segments. */
#include "../objects/bpf.h"
struct tcp_sock { u32 snd_cwnd; } __attribute__((preserve_access_index));
struct sock;
struct tcp_congestion_ops {
    u32 (*ssthresh)(struct sock *sk);
    u32 (*undo_cwnd)(struct sock *sk);
    void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
    void (*init)(struct sock *sk);
    char name[16];
};
u64 inits = 0;
u64 acks = 0;
SEC("struct_ops/ssthresh") int ssthresh(u64 *ctx) { return 10; }
SEC("struct_ops/undo_cwnd") int undo_cwnd(u64 *ctx) { return 10; }
SEC("struct_ops/cong_avoid") int cong_avoid(u64 *ctx) { __sync_fetch_and_add(&acks, 1); return 0; }
SEC("struct_ops/init") int init(u64 *ctx) { __sync_fetch_and_add(&inits, 1); return 0; }
SEC(".struct_ops") struct tcp_congestion_ops steady = {
    .ssthresh = (void *)ssthresh, .undo_cwnd = (void *)undo_cwnd, .cong_avoid = (void *)cong_avoid, .init = (void *)init,
    .name = "bpfsharp_cc",
};
SEC(".struct_ops.link") struct tcp_congestion_ops linked = {
    .ssthresh = (void *)ssthresh, .undo_cwnd = (void *)undo_cwnd, .cong_avoid = (void *)cong_avoid, .init = (void *)init,
    .name = "bpfsharp_link",
};
char _license[] SEC("license") = "GPL";
