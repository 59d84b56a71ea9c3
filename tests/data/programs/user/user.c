/* Programs whose effects user space sees: printed lines, perf events, drained records, redirects, timers. */
#include "../bpf.h"
LICENSE;

struct event { u32 length, kind; u64 hash; };
struct { UINT(type, PERF_EVENT_ARRAY); UINT(key_size, 4); UINT(value_size, 4); } perf SEC(".maps");
struct { UINT(type, 31); UINT(max_entries, 4096); } requests SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } notes SEC(".maps");
struct { UINT(type, DEVMAP); UINT(max_entries, 4); UINT(key_size, 4); UINT(value_size, 4); } devices SEC(".maps");
struct bpf_timer { u64 opaque[2]; } __attribute__((aligned(8)));
struct ticking { struct bpf_timer timer; u64 fired; };
struct { UINT(type, HASH); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, struct ticking); } timers SEC(".maps");

HELPER(6, long, trace_printk, const char *fmt, u32 size, ...);
HELPER(13, long, clone_redirect, void *skb, u32 ifindex, u64 flags);
HELPER(169, long, timer_init, struct bpf_timer *timer, void *map, u64 flags);
HELPER(170, long, timer_set_callback, struct bpf_timer *timer, void *callback);
HELPER(171, long, timer_start, struct bpf_timer *timer, u64 nsecs, u64 flags);
HELPER(209, long, drain, void *map, void *callback, void *ctx, u64 flags);

INLINE void note(u32 index, u64 value) { map_update(&notes, &index, &value, ANY); }

SEC("xdp") int print(struct xdp_md *ctx)
{
    static const char format[] = "packet of %u bytes on %d";
    return (int)trace_printk(format, sizeof(format), ctx->data_end - ctx->data, -1);
}

SEC("xdp") int perf_event(struct xdp_md *ctx)
{
    struct event e = { .length = ctx->data_end - ctx->data, .kind = 9 };
    return (int)perf_event_output(ctx, &perf, 0xffffffffull | (4ull << 32), &e, sizeof(e));
}

static long take(struct bpf_dynptr *ptr, u64 *sum)
{
    u64 value = 0;
    if (dynptr_read(&value, 8, ptr, 0, 0))
        return 1;
    *sum += value;
    return value == 99;
}

SEC("xdp") int drain_requests(struct xdp_md *ctx)
{
    u64 sum = 0;
    long drained = drain(&requests, take, &sum, 0);
    note(0, sum);
    return (int)drained;
}

SEC("xdp") int redirect_to(struct xdp_md *ctx)
{
    return (int)redirect_map(&devices, 2, XDP_DROP);
}

SEC("tc") int copy_to(struct __sk_buff *skb)
{
    clone_redirect(skb, 7, 0);
    return (int)redirect(9, 0);
}

static int tick(void *map, u32 *key, struct ticking *value)
{
    value->fired += *key;
    if (value->fired < 3 * *key)
        timer_start(&value->timer, 1000000, 0);
    return 0;
}

SEC("tc") int start_timer(struct __sk_buff *skb)
{
    u32 key = 5;
    struct ticking fresh = {};
    map_update(&timers, &key, &fresh, NOEXIST);
    struct ticking *value = map_lookup(&timers, &key);
    if (!value)
        return -1;
    long a = timer_init(&value->timer, &timers, 1);
    long b = timer_init(&value->timer, &timers, 1);
    long c = timer_set_callback(&value->timer, tick);
    long d = timer_start(&value->timer, 1000000, 0);
    return (int)(a * 1000 + b * 10 + c + d);
}
