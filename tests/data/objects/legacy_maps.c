#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags; };
struct bpf_map_def SEC("maps") counters = { ARRAY, 4, 8, 256, 0 };
struct bpf_map_def SEC("maps") table = { HASH, 8, 16, 100, 1 };
SEC("xdp") int count(struct xdp_md *ctx)
{
    u32 key = 3;
    u64 *value = map_lookup(&counters, &key), wide = 0;
    if (value)
        *value += 1;
    return map_lookup(&table, &wide) ? 2 : 1;
}
char _license[] SEC("license") = "GPL";
