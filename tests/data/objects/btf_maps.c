#include "bpf.h"
struct key { u32 address; u16 port; };
struct value { u64 packets, bytes; };
struct { __uint(type, HASH); __uint(max_entries, 1024); __type(key, struct key); __type(value, struct value); } flows SEC(".maps");
struct { __uint(type, LPM_TRIE); __uint(max_entries, 16); __uint(map_flags, 1); __uint(key_size, 8); __uint(value_size, 4); } routes SEC(".maps");
struct { __uint(type, RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u64); __uint(pinning, 1); } pinned SEC(".maps");
struct { __uint(type, BLOOM_FILTER); __uint(max_entries, 100); __type(value, u32); __uint(map_extra, 3); __uint(numa_node, 0); } bloom SEC(".maps");
SEC("xdp") int count(struct xdp_md *ctx)
{
    struct key key = { ctx->ingress_ifindex, 7 };
    struct value *value = map_lookup(&flows, &key);
    if (value)
        __sync_fetch_and_add(&value->packets, 1);
    u32 zero = 0;
    u64 *one = map_lookup(&pinned, &zero);
    return one ? 2 : 1;
}
char _license[] SEC("license") = "GPL";
