/* Maps of 28 bytes: iproute2's first seven fields, and the form with the position of the inner map. */
#include "bpf.h"
struct with_id { u32 type, size_key, size_value, max_elem, flags, id, pinning; };
struct with_position { u32 type, key_size, value_size, max_entries, flags, inner_map_idx, numa_node; };
struct with_id SEC("maps") calls = { .type = PROG_ARRAY, .size_key = 4, .size_value = 4, .max_elem = 32, .id = 2, .pinning = 2 };
struct with_id SEC("maps") near = { .type = ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1, .flags = 4, .pinning = 1 };
struct with_position SEC("maps/outer") outer = { .type = ARRAY_OF_MAPS, .key_size = 4, .value_size = 4, .max_entries = 6, .inner_map_idx = 1 };
SEC("2/0x1b") int tail(void *ctx) { return 7; }
SEC("from-netdev") int entry(void *ctx)
{
    u32 key = 3;
    if (!map_lookup(&outer, &key))
        tail_call(ctx, &calls, 27);
    return map_lookup(&near, &key) ? 1 : 0;
}
