/* Records to user space, text helpers, dynamic pointers. */
#include "bpf.h"
LICENSE;

struct event { u32 length, kind; u64 hash; u8 head[14], pad[2]; };
struct { UINT(type, RINGBUF); UINT(max_entries, 65536); } events SEC(".maps");
struct { UINT(type, RINGBUF); UINT(max_entries, 4096); } small SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 16); TYPE(key, u32); TYPE(value, u64); } notes SEC(".maps");
struct text { char bytes[64]; };
struct { UINT(type, ARRAY); UINT(max_entries, 2); TYPE(key, u32); TYPE(value, struct text); } texts SEC(".maps");

INLINE void note(u32 index, u64 value) { map_update(&notes, &index, &value, ANY); }

SEC("xdp") int ring_reserve(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct event *e = ringbuf_reserve(&events, sizeof(*e), 0);
    if (!e)
        return -1;
    e->length = (u32)(v.end - v.data);
    e->kind = 1;
    e->hash = e->length * 0x9E3779B97F4A7C15ull;
    if (v.data + 14 <= v.end)
        __builtin_memcpy(e->head, v.data, 14);
    e->pad[0] = e->pad[1] = 0;
    if (e->length % 5 == 0) {
        ringbuf_discard(e, 0);
        return 0;
    }
    ringbuf_submit(e, 0);
    return 1;
}

SEC("xdp") int ring_output(struct xdp_md *ctx)
{
    struct event e = { .length = ctx->data_end - ctx->data, .kind = 2 };
    long a = ringbuf_output(&events, &e, sizeof(e), 0);
    long b = ringbuf_output(&events, &e, 12, 0);
    long c = ringbuf_output(&events, &e, 12, 99);
    return (int)(a * 100 + b * 10 + c);
}

SEC("xdp") int ring_full(struct xdp_md *ctx)
{
    u64 value[25] = { ctx->data_end - ctx->data };
    long failed = 0;
    for (int i = 0; i < 30; i++)
        failed += ringbuf_output(&small, value, sizeof(value), 0) != 0;
    note(0, ringbuf_query(&small, 0));
    note(1, ringbuf_query(&small, 1));
    note(2, ringbuf_query(&small, 2));
    note(3, ringbuf_query(&small, 3));
    void *big = ringbuf_reserve(&small, 5000, 0);
    if (big)
        ringbuf_discard(big, 0);
    return (int)failed;
}

SEC("xdp") int ring_dynptr(struct xdp_md *ctx)
{
    struct bpf_dynptr ptr;
    u32 length = ctx->data_end - ctx->data;
    u64 a = length, b = 0;
    long r = ringbuf_reserve_dynptr(&events, 8 + (length & 31), 0, &ptr);
    long w = dynptr_write(&ptr, 0, &a, 8, 0);
    long big = dynptr_write(&ptr, 36, &a, 8, 0);
    long rd = dynptr_read(&b, 8, &ptr, 0, 0);
    u8 *p = dynptr_data(&ptr, 2, 4);
    if (p)
        p[0] = 0xee;
    if (length & 1)
        ringbuf_submit_dynptr(&ptr, 0);
    else
        ringbuf_discard_dynptr(&ptr, 0);
    return (int)(r + w * 10 + big * 100 + rd * 1000 + b);
}

SEC("xdp") int dynptr_memory(struct xdp_md *ctx)
{
    u32 key = 0;
    struct text *text = map_lookup(&texts, &key);
    struct bpf_dynptr ptr;
    if (!text)
        return -1;
    long a = dynptr_from_mem(text, sizeof(*text), 0, &ptr);
    u64 value = 0x1122334455667788ull + (ctx->data_end - ctx->data), back = 0;
    long b = dynptr_write(&ptr, 10, &value, 8, 0);
    long c = dynptr_read(&back, 8, &ptr, 12, 0);
    long d = dynptr_read(&back, 8, &ptr, 60, 0);
    u32 *p = dynptr_data(&ptr, 40, 4);
    if (p)
        *p = 5;
    return (int)(a + b * 3 + c * 5 + d * 7 + (u32)back);
}

extern int bpf_dynptr_from_xdp(struct xdp_md *ctx, u64 flags, struct bpf_dynptr *ptr) __attribute__((section(".ksyms")));
extern int bpf_dynptr_from_skb(struct __sk_buff *ctx, u64 flags, struct bpf_dynptr *ptr) __attribute__((section(".ksyms")));
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, u32 offset, void *buffer, u32 size) __attribute__((section(".ksyms")));
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, u32 offset, void *buffer, u32 size) __attribute__((section(".ksyms")));

SEC("xdp") int slice_xdp(struct xdp_md *ctx)
{
    struct bpf_dynptr ptr;
    u8 buffer[14];
    if (bpf_dynptr_from_xdp(ctx, 0, &ptr))
        return -1;
    struct eth *eth = bpf_dynptr_slice_rdwr(&ptr, 0, buffer, sizeof(buffer));
    if (!eth)
        return -2;
    eth->src[0] ^= 0x3c;
    u8 big[64];
    u8 *at = bpf_dynptr_slice(&ptr, 30, big, sizeof(big));
    return eth->type + (at ? at[5] : 1000000);
}

SEC("tc") int slice_skb(struct __sk_buff *skb)
{
    struct bpf_dynptr ptr;
    u8 buffer[20];
    u64 value = 0;
    if (bpf_dynptr_from_skb(skb, 0, &ptr))
        return -1;
    struct ipv4 *ip = bpf_dynptr_slice(&ptr, 14, buffer, sizeof(buffer));
    int ttl = ip ? ip->ttl : -5;
    long a = dynptr_read(&value, 6, &ptr, 0, 0);
    long b = dynptr_write(&ptr, 6, &value, 6, 0);
    return (int)(a * 10 + b + ttl);
}

SEC("xdp") int text_numbers(struct xdp_md *ctx)
{
    char a[] = "  -123xyz", b[] = "0x1fZ", c[] = "0755", d[] = "99999999999999999999", e[] = "zzz", f[] = "-5";
    s64 sa = 1, sb = 1, sd = 1, se = 1;
    u64 uc = 1, uf = 1;
    long ra = strtol_(a, sizeof(a), 0, &sa);
    long rb = strtol_(b, sizeof(b), 16, &sb);
    long rc = strtoul_(c, sizeof(c), 0, &uc);
    long rd = strtol_(d, sizeof(d), 10, &sd);
    long re = strtol_(e, sizeof(e), 10, &se);
    long rf = strtoul_(f, sizeof(f), 10, &uf);
    note(0, ra);
    note(1, rb);
    note(2, rc);
    note(3, rd);
    note(4, re);
    note(5, rf);
    note(6, sa);
    note(7, sb);
    note(8, uc);
    return (int)(sa + sb + uc);
}

static const char word[] = "firewall";
static const char format[] = "%d %5u|%-6u|%06x %lld %s %c %%";

SEC("xdp") int text_format(struct xdp_md *ctx)
{
    u32 key = 1;
    struct text *text = map_lookup(&texts, &key);
    u64 length = ctx->data_end - ctx->data;
    if (!text)
        return -1;
    u64 args[] = { -length, length, length, length * 77, (u64)-5, (u64)(long)word, 'x' };
    long a = snprintf_(text->bytes, sizeof(*text), format, args, sizeof(args));
    long b = snprintf_(text->bytes + 60, 4, format, args, sizeof(args));
    char mine[] = "firewalk";
    long c = strncmp_(mine, 7, word);
    long d = strncmp_(mine, 8, word);
    return (int)(a * 1000 + b * 10 + (c < 0) + (c > 0) * 2 + (d < 0) * 4 + (d > 0) * 8);
}

SEC("raw_tp") int probe_reads(u64 *args)
{
    u64 value = 5, copy = 0, wild = 9;
    long a = probe_read_kernel(&copy, 8, &value);
    long b = probe_read_kernel(&wild, 8, (void *)0);
    char text[8] = {};
    char from[] = "abc";
    long c = probe_read_kernel_str(text, 8, from);
    long d = probe_read_kernel_str(text, 3, from);
    note(0, copy);
    note(1, wild);
    note(2, *(u64 *)text);
    return (int)(a + b * 3 + c * 5 + d * 7);
}
