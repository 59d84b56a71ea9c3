// One workload, three programs, from one source:
//   -DPLAIN   eBPF on plain memory:  u64 entry(void *mem, u64 len)      run in process
//   -DXDP     eBPF on a packet:      int entry(struct xdp_md *ctx)      run by the kernel
//   -DNATIVE  a host function:       u64 NAME(void *mem, u64 len)       what the others are compared with
// The first 8 bytes of the memory receive the result; the data begins at byte 16.
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

#ifdef NATIVE
#define ENTRY(work, bytes)                                   \
    u64 NAME(void *mem, u64 len)                             \
    {                                                        \
        u8 *data = mem;                                      \
        if (len < (bytes))                                   \
            return 0;                                        \
        u64 result = work(data, data + len);                 \
        *(u64 *)data = result;                               \
        return result;                                       \
    }

// The host's own maps: the native twin looks up in the same memory, by the same rules.
struct hash_table {
    u64 *buckets;
    u64 multiplier, seed;
    int shift, key_size;
    long cpu_bytes;
};
struct hash_node {
    u64 next;
    u8 *value;
    u32 free_link;
    u8 in_use, referenced;
    u32 key __attribute__((aligned(8)));
};
extern struct hash_table *native_hash;
extern u8 *native_array;
extern u64 native_array_stride, native_array_count;

INLINE void *lookup_array(const u32 *key)
{
    return *key < native_array_count ? native_array + *key * native_array_stride : 0;
}

INLINE void *lookup_hash(const u32 *key)
{
    struct hash_table *table = native_hash;
    u64 bucket = ((u64)*key * table->multiplier) >> table->shift, end = bucket << 1 | 1, at;
    do {
        at = ((volatile u64 *)table->buckets)[bucket];
        while (!(at & 1)) {
            struct hash_node *node = (struct hash_node *)at;
            if (node->key == *key)
                return node->value;
            at = *(volatile u64 *)&node->next;
        }
    } while (at != end);
    return 0;
}
#define LOOKUP_ARRAY(key) lookup_array(key)
#define LOOKUP_HASH(key) lookup_hash(key)
#define ARRAY(name, entries)
#define HASH(name, entries)
#else
#define SEC(name) __attribute__((section(name), used))
#ifdef XDP
struct xdp_md {
    u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};
#define ENTRY(work, bytes)                                                                  \
    SEC("xdp") int entry(struct xdp_md *ctx)                                                \
    {                                                                                       \
        u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;                 \
        if (data + (bytes) > end)                                                           \
            return 0;                                                                       \
        u64 result = work(data, end);                                                       \
        *(u64 *)data = result;                                                              \
        return 2;                                                                           \
    }                                                                                       \
    char _license[] SEC("license") = "GPL";
#else
#define ENTRY(work, bytes)                                   \
    SEC("plain") u64 entry(void *mem, u64 len)               \
    {                                                        \
        u8 *data = mem;                                      \
        if (len < (bytes))                                   \
            return 0;                                        \
        u64 result = work(data, data + len);                 \
        *(u64 *)data = result;                               \
        return result;                                       \
    }                                                        \
    char _license[] SEC("license") = "GPL";
#endif
static void *(*map_lookup)(void *map, const void *key) = (void *)1;
#define MAP(name, kind, entries)                             \
    struct {                                                 \
        int (*type)[kind];                                   \
        int (*max_entries)[entries];                         \
        u32 *key;                                            \
        u64 *value;                                          \
    } name SEC(".maps");
#define ARRAY(name, entries) MAP(name, 2, entries)
#define HASH(name, entries) MAP(name, 1, entries)
#define LOOKUP_ARRAY(key) map_lookup(&array, key)
#define LOOKUP_HASH(key) map_lookup(&hash, key)
#endif
