/* Maps of every common kind, driven by packets. Each program leaves what it saw in maps that the test compares. */
#include "bpf.h"
LICENSE;

struct flow { u32 src, dst; u16 sport, dport; u8 protocol, pad[3]; };
struct stats { u64 packets, bytes; };
struct locked { struct bpf_spin_lock lock; u32 count; u64 sum; };
struct prefix { u32 length; u8 address[4]; };

struct { UINT(type, HASH); UINT(max_entries, 64); TYPE(key, u32); TYPE(value, u64); } small_hash SEC(".maps");
struct { UINT(type, HASH); UINT(max_entries, 4096); TYPE(key, struct flow); TYPE(value, struct stats); } flows SEC(".maps");
struct { UINT(type, HASH); UINT(max_entries, 4); TYPE(key, u8); TYPE(value, u32); UINT(map_flags, 1); } tiny_hash SEC(".maps");
struct { UINT(type, HASH); UINT(max_entries, 100); TYPE(key, u64); TYPE(value, u32); } wide_hash SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 256); TYPE(key, u32); TYPE(value, u64); } lengths SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 2); TYPE(key, u32); TYPE(value, struct locked); } guarded SEC(".maps");
struct { UINT(type, PERCPU_ARRAY); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } cpu_array SEC(".maps");
struct { UINT(type, PERCPU_HASH); UINT(max_entries, 256); TYPE(key, u32); TYPE(value, struct stats); } cpu_hash SEC(".maps");
struct { UINT(type, LRU_HASH); UINT(max_entries, 8192); TYPE(key, u32); TYPE(value, u64); } recent SEC(".maps");
struct { UINT(type, LPM_TRIE); UINT(max_entries, 64); UINT(map_flags, 1); TYPE(key, struct prefix); TYPE(value, u32); } routes SEC(".maps");
struct { UINT(type, QUEUE); UINT(max_entries, 8); TYPE(value, u32); } fifo SEC(".maps");
struct { UINT(type, STACK); UINT(max_entries, 8); TYPE(value, u32); } lifo SEC(".maps");
struct { UINT(type, BLOOM); UINT(max_entries, 1000); TYPE(value, u32); UINT(map_extra, 3); } seen SEC(".maps");
struct inner { UINT(type, ARRAY); UINT(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } inner_a SEC(".maps"), inner_b SEC(".maps");
struct { UINT(type, ARRAY_OF_MAPS); UINT(max_entries, 3); TYPE(key, u32); struct inner *values[]; } outer SEC(".maps") =
    { .values = { [0] = &inner_a, [2] = &inner_b } };

INLINE u32 length_of(struct view v) { return (u32)(v.end - v.data); }

SEC("xdp") int hash_count(struct xdp_md *ctx)
{
    u32 key = length_of(xdp_view(ctx)) & 63;
    u64 one = 1, *count = map_lookup(&small_hash, &key);
    if (count) {
        *count += 1;
        return (int)*count;
    }
    return (int)map_update(&small_hash, &key, &one, NOEXIST);
}

SEC("xdp") int hash_modes(struct xdp_md *ctx)
{
    u8 key = length_of(xdp_view(ctx)) & 7;
    u32 value = key * 100;
    long a = map_update(&tiny_hash, &key, &value, EXIST);
    long b = map_update(&tiny_hash, &key, &value, NOEXIST);
    long c = map_update(&tiny_hash, &key, &value, NOEXIST);
    long d = map_update(&tiny_hash, &key, &value, 8);
    u8 other = 255;
    long e = map_delete(&tiny_hash, &other);
    return (int)(a * 1000003 + b * 10007 + c * 101 + d * 11 + e);
}

SEC("xdp") int hash_old_pointer(struct xdp_md *ctx)
{
    /* A pointer taken before an update still shows the old value. */
    u64 key = 77;
    u32 first = length_of(xdp_view(ctx)), second = first + 1;
    map_update(&wide_hash, &key, &first, ANY);
    u32 *old = map_lookup(&wide_hash, &key);
    if (!old)
        return -1;
    map_update(&wide_hash, &key, &second, ANY);
    u32 *now = map_lookup(&wide_hash, &key);
    return now ? (int)(*old * 65536 + *now) : -2;
}

SEC("xdp") int hash_delete(struct xdp_md *ctx)
{
    u64 key = length_of(xdp_view(ctx));
    u32 value = 5;
    long a = map_update(&wide_hash, &key, &value, ANY);
    long b = map_delete(&wide_hash, &key);
    long c = map_delete(&wide_hash, &key);
    return (int)(a * 100 + b * 10 + c);
}

SEC("xdp") int flow_table(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct ipv4 *ip = ipv4_of(v);
    if (!ip)
        return XDP_PASS;
    struct flow key = { ip->src, ip->dst, 0, 0, ip->protocol };
    struct ports *ports = (void *)(ip + 1);
    if ((ip->protocol == 6 || ip->protocol == 17) && (void *)(ports + 1) <= v.end) {
        key.sport = ports->src;
        key.dport = ports->dst;
    }
    struct stats *known = map_lookup(&flows, &key);
    if (known) {
        __sync_fetch_and_add(&known->packets, 1);
        __sync_fetch_and_add(&known->bytes, length_of(v));
        return XDP_TX;
    }
    struct stats fresh = { 1, length_of(v) };
    map_update(&flows, &key, &fresh, ANY);
    return XDP_DROP;
}

SEC("xdp") int array_histogram(struct xdp_md *ctx)
{
    u32 bucket = length_of(xdp_view(ctx)) / 8;
    u64 *count = map_lookup(&lengths, &bucket);
    if (!count)
        return -1;
    (*count)++;
    return (int)*count;
}

SEC("xdp") int array_update(struct xdp_md *ctx)
{
    u32 index = length_of(xdp_view(ctx)) & 511;
    u64 value = index * 3;
    long a = map_update(&lengths, &index, &value, NOEXIST);
    long b = map_update(&lengths, &index, &value, EXIST);
    long c = map_delete(&lengths, &index);
    return (int)(a * 10000 + b * 100 + c);
}

SEC("tc") int locked_sum(struct __sk_buff *skb)
{
    u32 key = skb->len & 1;
    struct locked *value = map_lookup(&guarded, &key);
    if (!value)
        return -1;
    spin_lock(&value->lock);
    value->count++;
    value->sum += skb->len;
    u64 sum = value->sum;
    spin_unlock(&value->lock);
    struct locked fresh = { .count = value->count, .sum = sum };
    long result = map_update(&guarded, &key, &fresh, EXIST | F_LOCK);
    return (int)(sum * 8 + result);
}

SEC("xdp") int per_cpu(struct xdp_md *ctx)
{
    u32 index = length_of(xdp_view(ctx)) & 3, length = length_of(xdp_view(ctx));
    u64 *count = map_lookup(&cpu_array, &index);
    if (!count)
        return -1;
    *count += length;
    struct stats *known = map_lookup(&cpu_hash, &length), fresh = { 1, length };
    if (known) {
        known->packets++;
        known->bytes += length;
        return 1;
    }
    return (int)map_update(&cpu_hash, &length, &fresh, NOEXIST);
}

SEC("xdp") int lru(struct xdp_md *ctx)
{
    u32 key = length_of(xdp_view(ctx));
    u64 one = 1, *count = map_lookup(&recent, &key);
    if (count)
        return (int)++*count;
    return (int)map_update(&recent, &key, &one, NOEXIST) - 1;
}

SEC("xdp") int longest_prefix(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct ipv4 *ip = ipv4_of(v);
    if (!ip)
        return 0;
    struct prefix key = { 32 };
    __builtin_memcpy(key.address, &ip->dst, 4);
    u32 *hit = map_lookup(&routes, &key);
    if (hit)
        return (int)++*hit;
    u32 one = 1;
    key.length = 8 + (ip->ttl & 15);
    return (int)map_update(&routes, &key, &one, NOEXIST) - 1;
}

SEC("xdp") int prefix_delete(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct ipv4 *ip = ipv4_of(v);
    if (!ip)
        return 0;
    struct prefix key = { 8 + (ip->ttl & 15) };
    __builtin_memcpy(key.address, &ip->src, 4);
    return (int)map_delete(&routes, &key);
}

SEC("xdp") int queues(struct xdp_md *ctx)
{
    u32 value = length_of(xdp_view(ctx)), first = 0, last = 0, taken = 0;
    long a = map_push(&fifo, &value, EXIST), b = map_push(&lifo, &value, ANY);
    long c = map_peek(&fifo, &first), d = map_peek(&lifo, &last);
    if (value & 1)
        map_pop(&fifo, &taken);
    if ((value & 3) == 1)
        map_pop(&lifo, &last);
    return (int)(a + b * 3 + c * 5 + d * 7 + first * 11 + last * 13 + taken * 17);
}

SEC("xdp") int bloom(struct xdp_md *ctx)
{
    u32 value = length_of(xdp_view(ctx));
    long before = map_peek(&seen, &value);
    long push = map_push(&seen, &value, ANY);
    long after = map_peek(&seen, &value);
    return (int)(push * 100 + after * 10 + (before == 0 || before == -2));
}

SEC("xdp") int map_in_map(struct xdp_md *ctx)
{
    u32 length = length_of(xdp_view(ctx)), slot = length % 3, index = length & 3;
    void *map = map_lookup(&outer, &slot);
    if (!map)
        return -1;
    u64 *count = map_lookup(map, &index);
    if (!count)
        return -2;
    (*count)++;
    u64 value = *count + 1;
    return (int)map_update(map, &index, &value, EXIST) + (int)value;
}
