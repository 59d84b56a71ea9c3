#include "pairs.h"

struct event { u64 time, b; u32 a; };
u64 lost;
struct { UINT(type, 27); UINT(max_entries, 1 << 16); } events SEC(".maps");

SEC("xdp")
int prog(struct xdp_md *ctx)
{
    BEGIN; READ(struct words, w, data);
    struct event *e = ringbuf_reserve(&events, sizeof *e, 0); if (!e) { __sync_fetch_and_add(&lost, 1); return PASS; } e->a = w->a; e->b = w->e; e->time = ktime(); ringbuf_submit(e, 0); return DROP;
}
