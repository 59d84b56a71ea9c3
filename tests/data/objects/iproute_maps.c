#include "bpf.h"
struct bpf_elf_map { u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx; };
struct bpf_elf_map SEC("maps") jumps = { .type = PROG_ARRAY, .size_key = 4, .size_value = 4, .max_elem = 8, .id = 2 };
struct bpf_elf_map SEC("maps") inner = { .type = ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1, .id = 5, .inner_idx = 3 };
struct bpf_elf_map SEC("maps") outer = { .type = ARRAY_OF_MAPS, .size_key = 4, .size_value = 4, .max_elem = 6, .inner_id = 5, .pinning = 2 };
SEC("2/1") int tail(void *ctx) { return 7; }
SEC("from-netdev") int entry(void *ctx)
{
    u32 key = 3;
    void *map = map_lookup(&outer, &key);
    if (!map)
        tail_call(ctx, &jumps, 1);
    return map_lookup(&inner, &key) ? 1 : 0;
}
