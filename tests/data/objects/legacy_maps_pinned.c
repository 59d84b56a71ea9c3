#include "bpf.h"
struct map_def { u32 type, key_size, value_size, max_entries, map_flags, pinning; char space[256]; };
struct map_def SEC("maps/tcp_event") tcp_event = { PERF_EVENT_ARRAY, 4, 4, 1024, 0, 2, "tracer" };
SEC("kprobe/tcp_connect") int probe(void *ctx) { u32 key = 0; return map_lookup(&tcp_event, &key) ? 2 : 1; }
