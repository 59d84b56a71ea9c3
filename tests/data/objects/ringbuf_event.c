#include "bpf.h"
struct event { u64 time; u32 pid; char comm[16]; };
const struct event *unused __attribute__((unused));
struct { __uint(type, RINGBUF); __uint(max_entries, 1 << 16); __type(value, struct event); } events SEC(".maps");
SEC("tracepoint/sched/sched_switch") int trace(void *ctx)
{
    struct event *event = ringbuf_reserve(&events, sizeof(*event), 0);
    if (!event)
        return 0;
    event->time = ktime_get_ns();
    event->pid = 1;
    ringbuf_submit(event, 0);
    return 0;
}
char _license[] SEC("license") = "GPL";
