/* Drains a user ring buffer and adds up what is in it. */
#include "../objects/bpf.h"
struct { __uint(type, 31); __uint(max_entries, 4096); } input SEC(".maps");
struct { __uint(type, RINGBUF); __uint(max_entries, 4096); } output SEC(".maps");
u64 total = 0;
u64 records = 0;
struct dynptr { u64 opaque[2]; } __attribute__((aligned(8)));
static long (*user_ringbuf_drain)(void *map, void *callback, void *ctx, u64 flags) = (void *)209;
static long (*dynptr_read)(void *dst, u32 size, const void *src, u32 offset, u64 flags) = (void *)201;

static long each(void *record, void *ctx)
{
    u64 value = 0;
    if (dynptr_read(&value, 8, record, 0, 0) == 0) {
        total += value;
        records++;
    }
    return 0;
}

SEC("raw_tp") int drain(void *ctx) { return (int)user_ringbuf_drain(&input, each, NULL, 0); }
char _license[] SEC("license") = "GPL";
