/* The context handed on: inside structures, to subprograms, to callbacks. */
#include "bpf.h"
LICENSE;

struct carrier { u64 before; struct xdp_md *ctx; u64 length; };
struct tc_carrier { struct __sk_buff *skb; u32 sum; };
struct outer { struct carrier *inner; };

NOINLINE int xdp_length(struct carrier *c)
{
    return (int)(c->ctx->data_end - c->ctx->data);
}

SEC("xdp") int in_a_structure(struct xdp_md *ctx)
{
    struct carrier c = { 1, ctx, 0 };
    return xdp_length(&c);
}

NOINLINE int xdp_first(struct outer *o)
{
    u8 *data = (u8 *)(long)o->inner->ctx->data, *end = (u8 *)(long)o->inner->ctx->data_end;
    return data + 14 <= end ? data[13] : -1;
}

SEC("xdp") int in_two_structures(struct xdp_md *ctx)
{
    struct carrier c = { 1, ctx, 0 };
    struct outer o = { &c };
    return xdp_first(&o);
}

NOINLINE long add_byte(u32 index, struct carrier *c)
{
    u8 *data = (u8 *)(long)c->ctx->data, *end = (u8 *)(long)c->ctx->data_end;
    if (index > 100 || data + index + 1 > end)
        return 1;
    c->length += data[index];
    return 0;
}

SEC("xdp") int in_a_callback(struct xdp_md *ctx)
{
    struct carrier c = { 1, ctx, 0 };
    loop(20, add_byte, &c, 0);
    return (int)c.length;
}

NOINLINE int tc_protocol(struct tc_carrier *c)
{
    u32 length = c->skb->data_end - c->skb->data;
    return (int)(length + c->skb->len + c->skb->protocol);
}

SEC("tc") int tc_in_a_structure(struct __sk_buff *skb)
{
    struct tc_carrier c = { skb, 0 };
    return tc_protocol(&c);
}

NOINLINE long tc_add(u32 index, struct tc_carrier *c)
{
    u8 *data = (u8 *)(long)c->skb->data, *end = (u8 *)(long)c->skb->data_end;
    if (data + 20 > end)
        return 1;
    c->sum += data[6] + index * data[11];
    return 0;
}

SEC("tc") int tc_in_a_callback(struct __sk_buff *skb)
{
    struct tc_carrier c = { skb, 0 };
    loop(9, tc_add, &c, 0);
    return (int)c.sum;
}

/* Other 32-bit loads at the same offsets must stay what they are. */
NOINLINE u32 at_same_offsets(struct outer *o, u32 *words)
{
    u32 a = words[0], b = words[1], c = words[2];
    volatile u64 length = o->inner->ctx->data_end - o->inner->ctx->data;
    return a + 3 * b + 5 * c + (u32)length;
}

SEC("xdp") int beside_other_memory(struct xdp_md *ctx)
{
    struct carrier c = { 1, ctx, 0 };
    struct outer o = { &c };
    u32 words[3] = { 7, 11, 13 };
    return (int)at_same_offsets(&o, words);
}
