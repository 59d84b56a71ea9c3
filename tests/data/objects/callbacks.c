#include "bpf.h"
struct { __uint(type, ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u64); } table SEC(".maps");
static int each(void *map, u32 *key, u64 *value, u64 *sum) { *sum += *value; return 0; }
static int step(u32 index, u64 *sum) { *sum += index; return 0; }
SEC("xdp") int run(struct xdp_md *ctx)
{
    u64 sum = 0;
    loop(10, step, &sum, 0);
    for_each(&table, each, &sum, 0);
    return sum;
}
char _license[] SEC("license") = "GPL";
