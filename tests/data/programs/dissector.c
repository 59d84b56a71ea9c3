/* Flow dissectors: what they find is their result. */
#include "bpf.h"
LICENSE;

struct bpf_flow_keys {
    u16 nhoff, thoff, addr_proto;
    u8 is_frag, is_first_frag, is_encap, ip_proto;
    u16 n_proto, sport, dport;
    u32 ipv4_src, ipv4_dst, rest[6];
    u32 flags, flow_label;
};

SEC("flow_dissector") int dissect_ipv4(struct __sk_buff *skb)
{
    struct bpf_flow_keys *keys = (struct bpf_flow_keys *)(long)skb->flow_keys;
    u8 *data = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;
    if (keys->n_proto != htons(0x0800) || data + 38 > end)
        return 2;
    keys->addr_proto = 0x0800;
    keys->ip_proto = data[23];
    keys->ipv4_src = *(u32 *)(data + 26);
    keys->ipv4_dst = *(u32 *)(data + 30);
    keys->sport = *(u16 *)(data + 34);
    keys->dport = *(u16 *)(data + 36);
    keys->thoff = keys->nhoff + 4 * (data[14] & 15);
    return 0;
}

SEC("flow_dissector") int dissect_beyond(struct __sk_buff *skb)
{
    struct bpf_flow_keys *keys = (struct bpf_flow_keys *)(long)skb->flow_keys;
    keys->nhoff = 3;
    keys->thoff = 60000;
    keys->flow_label = keys->flags + 1;
    return 0;
}

struct bpf_sk_lookup {
    u64 cookie;
    u32 family, protocol, remote_ip4, remote_ip6[4];
    u16 remote_port, zero;
    u32 local_ip4, local_ip6[4], local_port, ingress_ifindex;
};
HELPER(124, long, sk_assign, void *ctx, void *sk, u64 flags);

SEC("sk_lookup") int lookup_fields(struct bpf_sk_lookup *ctx)
{
    u32 sum = ctx->family + 3 * ctx->protocol + ctx->local_port + ctx->remote_ip4 + ctx->local_ip4 + ctx->local_ip6[3] + ctx->remote_ip6[0];
    return (sum + htons(ctx->remote_port) + (ctx->cookie ? 5 : 0)) & 1;
}

SEC("sk_lookup") int lookup_assign_none(struct bpf_sk_lookup *ctx)
{
    return sk_assign(ctx, 0, 0) == 0 && ctx->local_port > 100;
}
