/* Reads the arguments of a static user-space tracepoint as the loader describes them in __bpf_usdt_specs. */
#include "../objects/bpf.h"
struct pt_regs { u64 words[21]; };
struct argument { u64 value; u32 kind; short register_offset; unsigned char is_signed, shift; };
struct place { struct argument arguments[12]; u64 cookie; short count; };
struct { __uint(type, ARRAY); __uint(max_entries, 16); __type(key, int); __type(value, struct place); } __bpf_usdt_specs SEC(".maps");
struct { __uint(type, ARRAY); __uint(max_entries, 8); __type(key, u32); __type(value, u64); } seen SEC(".maps");
static u64 (*get_attach_cookie)(void *ctx) = (void *)174;
static long (*probe_read_user)(void *dst, u32 size, const void *src) = (void *)112;

static NOINLINE int read(struct pt_regs *ctx, struct argument *argument, u64 *result)
{
    u64 value = 0;
    u32 kind = argument->kind & 0xff;
    short offset = argument->register_offset;
    if (kind == 0) {
        value = argument->value;
    } else {
        if (offset < 0 || offset > 160)
            return -1;
        probe_read_kernel(&value, 8, (char *)ctx + offset);
        if (kind == 2)
            probe_read_user(&value, 8, (void *)(value + argument->value));
    }
    value <<= argument->shift & 63;
    *result = argument->is_signed ? (u64)((s64)value >> (argument->shift & 63)) : value >> (argument->shift & 63);
    return 0;
}

SEC("usdt") int tick(struct pt_regs *ctx)
{
    u32 id = (u32)get_attach_cookie(ctx);
    struct place *place = map_lookup(&__bpf_usdt_specs, &id);
    if (!place)
        return 0;
    for (u32 i = 0; i < 3; i++) {
        u64 value = 0, *slot;
        u32 key = i;
        if (i < (u32)place->count && read(ctx, &place->arguments[i], &value) == 0 && (slot = map_lookup(&seen, &key)))
            *slot = value;
    }
    u32 three = 3, four = 4;
    u64 *slot = map_lookup(&seen, &three);
    if (slot)
        *slot = place->cookie;
    slot = map_lookup(&seen, &four);
    if (slot)
        __sync_fetch_and_add(slot, 1);
    return 0;
}
char _license[] SEC("license") = "GPL";
