#include "bpf.h"
struct inner { __uint(type, ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u64); };
struct inner first SEC(".maps"), second SEC(".maps");
struct { __uint(type, ARRAY_OF_MAPS); __uint(max_entries, 3); __uint(key_size, 4); __array(values, struct inner); }
outer SEC(".maps") = { .values = { &first, NULL, &second } };
struct { __uint(type, HASH_OF_MAPS); __uint(max_entries, 8); __type(key, u64);
         __array(values, struct { __uint(type, HASH); __uint(max_entries, 2); __type(key, u32); __type(value, u32); }); } empty SEC(".maps");
SEC("xdp") int look(struct xdp_md *ctx)
{
    u32 zero = 0;
    void *map = map_lookup(&outer, &zero);
    u64 *value = map ? map_lookup(map, &zero) : NULL;
    u64 key = 1;
    return value && map_lookup(&empty, &key) ? 2 : 1;
}
