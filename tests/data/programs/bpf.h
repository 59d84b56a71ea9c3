/* What the test programs need of the kernel's interface: own declarations, numbers from include/uapi/linux/bpf.h. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define UINT(name, value) int (*name)[value]
#define TYPE(name, type) type *name
#define LICENSE char _license[] SEC("license") = "GPL"

enum {
    HASH = 1, ARRAY = 2, PROG_ARRAY = 3, PERF_EVENT_ARRAY = 4, PERCPU_HASH = 5, PERCPU_ARRAY = 6, LRU_HASH = 9,
    LPM_TRIE = 11, ARRAY_OF_MAPS = 12, HASH_OF_MAPS = 13, DEVMAP = 14, QUEUE = 22, STACK = 23, RINGBUF = 27, BLOOM = 30,
};
enum { ANY = 0, NOEXIST = 1, EXIST = 2, F_LOCK = 4 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct __sk_buff {
    u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex,
        tc_index, cb[5], hash, tc_classid, data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4],
        local_ip6[4], remote_port, local_port, data_meta;
    u64 flow_keys, tstamp;
    u32 wire_len, gso_segs;
    u64 sk;
    u32 gso_size;
};
struct bpf_spin_lock { u32 val; };
struct bpf_dynptr { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_iter_num { u64 opaque[1]; } __attribute__((aligned(8)));
struct bpf_raw_tracepoint_args { u64 args[0]; };

struct eth { u8 dst[6], src[6]; u16 type; } __attribute__((packed));
struct ipv4 { u8 ihl_version, tos; u16 len, id, frag; u8 ttl, protocol; u16 check; u32 src, dst; } __attribute__((packed));
struct ports { u16 src, dst; } __attribute__((packed));
struct udp { u16 src, dst, len, check; } __attribute__((packed));

#define HELPER(number, type, name, ...) static type (*name)(__VA_ARGS__) = (void *)number
HELPER(1, void *, map_lookup, void *map, const void *key);
HELPER(2, long, map_update, void *map, const void *key, const void *value, u64 flags);
HELPER(3, long, map_delete, void *map, const void *key);
HELPER(4, long, probe_read, void *to, u32 size, const void *from);
HELPER(5, u64, ktime_get_ns, void);
HELPER(7, u32, prandom, void);
HELPER(8, u32, cpu_id, void);
HELPER(9, long, skb_store_bytes, void *skb, u32 offset, const void *from, u32 len, u64 flags);
HELPER(10, long, l3_csum_replace, void *skb, u32 offset, u64 from, u64 to, u64 size);
HELPER(11, long, l4_csum_replace, void *skb, u32 offset, u64 from, u64 to, u64 flags);
HELPER(12, long, tail_call, void *ctx, void *map, u32 index);
HELPER(14, u64, pid_tgid, void);
HELPER(18, long, vlan_push, void *skb, u16 proto, u16 tci);
HELPER(19, long, vlan_pop, void *skb);
HELPER(23, long, redirect, u32 ifindex, u64 flags);
HELPER(25, long, perf_event_output, void *ctx, void *map, u64 flags, void *data, u64 size);
HELPER(26, long, skb_load_bytes, const void *skb, u32 offset, void *to, u32 len);
HELPER(28, s64, csum_diff, const void *from, u32 from_size, const void *to, u32 to_size, u32 seed);
HELPER(31, long, change_proto, void *skb, u16 proto, u64 flags);
HELPER(32, long, change_type, void *skb, u32 type);
HELPER(34, u32, hash_recalc, void *skb);
HELPER(38, long, change_tail, void *skb, u32 len, u64 flags);
HELPER(39, long, pull_data, void *skb, u32 len);
HELPER(43, long, change_head, void *skb, u32 len, u64 flags);
HELPER(44, long, xdp_adjust_head, void *ctx, int delta);
HELPER(50, long, adjust_room, void *skb, s32 len, u32 mode, u64 flags);
HELPER(51, long, redirect_map, void *map, u64 key, u64 flags);
HELPER(54, long, xdp_adjust_meta, void *ctx, int delta);
HELPER(65, long, xdp_adjust_tail, void *ctx, int delta);
HELPER(68, long, skb_load_bytes_relative, const void *skb, u32 offset, void *to, u32 len, u32 start);
HELPER(87, long, map_push, void *map, const void *value, u64 flags);
HELPER(88, long, map_pop, void *map, void *value);
HELPER(89, long, map_peek, void *map, void *value);
HELPER(93, void, spin_lock, struct bpf_spin_lock *lock);
HELPER(94, void, spin_unlock, struct bpf_spin_lock *lock);
HELPER(105, long, strtol_, const char *buf, u64 len, u64 flags, s64 *res);
HELPER(106, long, strtoul_, const char *buf, u64 len, u64 flags, u64 *res);
HELPER(113, long, probe_read_kernel, void *to, u32 size, const void *from);
HELPER(115, long, probe_read_kernel_str, void *to, u32 size, const void *from);
HELPER(130, long, ringbuf_output, void *ring, void *data, u64 size, u64 flags);
HELPER(131, void *, ringbuf_reserve, void *ring, u64 size, u64 flags);
HELPER(132, void, ringbuf_submit, void *data, u64 flags);
HELPER(133, void, ringbuf_discard, void *data, u64 flags);
HELPER(134, u64, ringbuf_query, void *ring, u64 flags);
HELPER(163, long, check_mtu, void *ctx, u32 ifindex, u32 *mtu, s32 diff, u64 flags);
HELPER(164, long, for_each, void *map, void *callback, void *ctx, u64 flags);
HELPER(165, long, snprintf_, char *str, u32 size, const char *fmt, u64 *data, u32 data_len);
HELPER(181, long, loop, u32 count, void *callback, void *ctx, u64 flags);
HELPER(182, long, strncmp_, const char *s1, u32 size, const char *s2);
HELPER(188, u64, xdp_buff_len, void *ctx);
HELPER(189, long, xdp_load_bytes, void *ctx, u32 offset, void *buf, u32 len);
HELPER(190, long, xdp_store_bytes, void *ctx, u32 offset, void *buf, u32 len);
HELPER(197, long, dynptr_from_mem, void *data, u32 size, u64 flags, struct bpf_dynptr *ptr);
HELPER(198, long, ringbuf_reserve_dynptr, void *ring, u32 size, u64 flags, struct bpf_dynptr *ptr);
HELPER(199, void, ringbuf_submit_dynptr, struct bpf_dynptr *ptr, u64 flags);
HELPER(200, void, ringbuf_discard_dynptr, struct bpf_dynptr *ptr, u64 flags);
HELPER(201, long, dynptr_read, void *dst, u32 len, const struct bpf_dynptr *src, u32 offset, u64 flags);
HELPER(202, long, dynptr_write, const struct bpf_dynptr *dst, u32 offset, void *src, u32 len, u64 flags);
HELPER(203, void *, dynptr_data, const struct bpf_dynptr *ptr, u32 offset, u32 len);

#define htons(x) ((u16)__builtin_bswap16((u16)(x)))
#define htonl(x) __builtin_bswap32(x)

struct view { void *data, *end; };

/* A pointer difference as a number that the compiler does not narrow: the verifier refuses 32-bit pointer arithmetic. */
INLINE u64 distance(const void *from, const void *to)
{
    u64 bytes = (u64)to - (u64)from;
    asm volatile("" : "+r"(bytes));
    return bytes;
}
INLINE struct view xdp_view(struct xdp_md *ctx)
{
    struct view v = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
    return v;
}
INLINE struct view skb_view(struct __sk_buff *skb)
{
    struct view v = { (void *)(long)skb->data, (void *)(long)skb->data_end };
    return v;
}
INLINE struct ipv4 *ipv4_of(struct view v)
{
    struct eth *eth = v.data;
    struct ipv4 *ip = (void *)(eth + 1);
    return (void *)(ip + 1) <= v.end && eth->type == htons(0x0800) ? ip : 0;
}
