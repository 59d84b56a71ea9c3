#include "bpf.h"
struct map_def { u32 type, key_size, value_size, max_entries, map_flags, inner, numa; };
struct map_def SEC("maps") counters = { ARRAY, 4, 8, 256, 4, 0, 1 };
SEC("xdp") int count(struct xdp_md *ctx) { u32 key = 0; return map_lookup(&counters, &key) ? 2 : 1; }
