/* XDP: reading, rewriting, growing and shrinking packets. */
#include "bpf.h"
LICENSE;

struct { UINT(type, DEVMAP); UINT(max_entries, 4); UINT(key_size, 4); UINT(value_size, 4); } devices SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 8); TYPE(key, u32); TYPE(value, u64); } notes SEC(".maps");

INLINE void note(u32 index, u64 value) { map_update(&notes, &index, &value, ANY); }

SEC("xdp") int swap_addresses(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct eth *eth = v.data;
    if ((void *)(eth + 1) > v.end)
        return XDP_DROP;
    for (int i = 0; i < 6; i++) {
        u8 t = eth->dst[i];
        eth->dst[i] = eth->src[i];
        eth->src[i] = t;
    }
    return XDP_TX;
}

SEC("xdp") int decrement_ttl(struct xdp_md *ctx)
{
    struct ipv4 *ip = ipv4_of(xdp_view(ctx));
    if (!ip || ip->ttl <= 1)
        return XDP_DROP;
    u32 check = ip->check + htons(0x0100);
    ip->check = (u16)(check + (check >= 0xffff));
    ip->ttl--;
    return XDP_PASS;
}

SEC("xdp") int push_header(struct xdp_md *ctx)
{
    u64 before = distance((void *)(long)ctx->data, (void *)(long)ctx->data_end);
    if (xdp_adjust_head(ctx, -20))
        return -1;
    struct view v = xdp_view(ctx);
    struct eth *eth = v.data;
    if ((void *)(eth + 1) + 20 > v.end)
        return -2;
    __builtin_memset(eth, 0x11, 14);
    __builtin_memset(eth + 1, 0x22, 20);
    return (int)(distance(v.data, v.end) - before);
}

SEC("xdp") int pop_header(struct xdp_md *ctx)
{
    long a = xdp_adjust_head(ctx, 14);
    struct view v = xdp_view(ctx);
    return (int)(a * 100 + distance(v.data, v.end));
}

SEC("xdp") int head_limits(struct xdp_md *ctx)
{
    long a = xdp_adjust_head(ctx, -300);
    long b = xdp_adjust_head(ctx, 10000);
    long c = xdp_adjust_head(ctx, -216);
    long d = xdp_adjust_head(ctx, -1);
    struct view v = xdp_view(ctx);
    return (int)(a * 1000 + b * 100 + c * 10 + d + distance(v.data, v.end));
}

SEC("xdp") int trim_tail(struct xdp_md *ctx)
{
    long a = xdp_adjust_tail(ctx, -10);
    long b = xdp_adjust_tail(ctx, -4000);
    struct view v = xdp_view(ctx);
    return (int)(a * 100 + b * 10 + distance(v.data, v.end));
}

SEC("xdp") int grow_tail(struct xdp_md *ctx)
{
    long a = xdp_adjust_tail(ctx, 64);
    long b = xdp_adjust_tail(ctx, 4096);
    struct view v = xdp_view(ctx);
    if (v.data + 16 > v.end)
        return -1;
    u32 last = 0;
    long c = xdp_load_bytes(ctx, (u32)xdp_buff_len(ctx) - 4, &last, 4);
    return (int)(a * 1000 + b * 100 + c * 10 + last + distance(v.data, v.end));
}

SEC("xdp") int metadata(struct xdp_md *ctx)
{
    long a = xdp_adjust_meta(ctx, -8);
    void *data = (void *)(long)ctx->data;
    u32 *meta = (void *)(long)ctx->data_meta;
    if ((void *)(meta + 2) > data)
        return -3;
    meta[0] = 0xabcd;
    meta[1] = 77;
    long b = xdp_adjust_meta(ctx, -3);
    long c = xdp_adjust_meta(ctx, -300);
    long d = xdp_adjust_meta(ctx, 20);
    return (int)(a * 1000 + b * 100 + c * 10 + d);
}

SEC("xdp") int metadata_moves(struct xdp_md *ctx)
{
    if (xdp_adjust_meta(ctx, -4))
        return -1;
    void *data = (void *)(long)ctx->data;
    u32 *meta = (void *)(long)ctx->data_meta;
    if ((void *)(meta + 1) > data)
        return -3;
    meta[0] = 0x55667788;
    return (int)xdp_adjust_head(ctx, -16);
}

SEC("xdp") int copies(struct xdp_md *ctx)
{
    u8 buffer[24] = {};
    u32 length = (u32)xdp_buff_len(ctx);
    long a = xdp_load_bytes(ctx, 6, buffer, 8);
    buffer[0] ^= 0xff;
    long b = xdp_store_bytes(ctx, 0, buffer, 6);
    long c = xdp_load_bytes(ctx, length - 3, buffer, 8);
    long d = xdp_store_bytes(ctx, 70000, buffer, 8);
    note(0, *(u64 *)buffer);
    return (int)(a * 1000 + b * 100 + c * 10 + d + length);
}

SEC("xdp") int redirects(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u32 length = (u32)distance(v.data, v.end);
    long none = redirect_map(&devices, length & 3, XDP_PASS);
    long drop = redirect_map(&devices, 99, XDP_DROP);
    long bad = redirect_map(&devices, 0, 4);
    long flags = redirect(1, 1);
    return (int)(none * 1000 + drop * 100 + bad * 10 + flags);
}

SEC("xdp") int context_fields(struct xdp_md *ctx)
{
    return (int)(ctx->ingress_ifindex * 100 + ctx->rx_queue_index * 10 + distance((void *)(long)ctx->data, (void *)(long)ctx->data_end)
        + distance((void *)(long)ctx->data_meta, (void *)(long)ctx->data));
}

SEC("xdp") int csum_helper(struct xdp_md *ctx)
{
    struct ipv4 *ip = ipv4_of(xdp_view(ctx));
    if (!ip)
        return 0;
    u32 from[2] = { ip->src, ip->dst }, to[2] = { htonl(0x0a000001), htonl(0x0a000002) };
    s64 a = csum_diff(from, 8, to, 8, 0);
    s64 b = csum_diff(0, 0, to, 8, 17);
    s64 c = csum_diff(from, 4, 0, 0, 0);
    s64 d = csum_diff(ip, 20, 0, 0, 0);
    s64 e = csum_diff(0, 0, ip, 20, ~0u);
    note(0, a);
    note(1, b);
    note(2, c);
    note(3, d);
    note(4, e);
    return (int)(a + b + c);
}

SEC("xdp") int parse_vlan(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    void *at = v.data + 12;
    u32 depth = 0;
    for (; depth < 4; depth++) {
        if (at + 2 > v.end)
            return -1;
        u16 type = *(u16 *)at;
        if (type != htons(0x8100) && type != htons(0x88a8))
            return (int)(depth << 16 | type);
        at += 4;
    }
    return (int)depth;
}

SEC("xdp") int mtu(struct xdp_md *ctx)
{
    u32 mtu = 0;
    long a = check_mtu(ctx, 1, &mtu, 0, 0);
    return (int)(a * 100000 + mtu);
}
