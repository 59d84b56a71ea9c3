#include "bpf.h"
struct thing { int a, b; } __attribute__((preserve_access_index));
static NOINLINE int read_b(struct thing *thing) { int b; probe_read_kernel(&b, 4, &thing->b); return b; }
SEC("kprobe/one") int one(struct thing *thing) { return read_b(thing); }
SEC("kprobe/two") int two(struct thing *thing) { return read_b(thing) + __builtin_preserve_field_info(thing->a, 0); }
