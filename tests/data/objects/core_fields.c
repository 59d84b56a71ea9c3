#include "bpf.h"
#define CORE __attribute__((preserve_access_index))
struct list { struct list *next, *prev; } CORE;
struct task_struct {
    int pid, tgid;
    char comm[16];
    struct { int inner; union { long first; struct list second; }; } nested[3];
    unsigned on_cpu : 3, flags : 7;
    struct task_struct *parent;
} CORE;
struct task_struct___old { int pid_number; } CORE;
enum state { RUNNING = 1, STOPPED = 9 };
#define FIELD(x, what) __builtin_preserve_field_info(x, what)
SEC("kprobe/do_unlinkat") int probe(struct task_struct *task)
{
    struct task_struct *parent;
    probe_read_kernel(&parent, 8, &task->parent);
    int sum = FIELD(parent->pid, 0) + FIELD(parent->comm, 1) + FIELD(parent->nested[2].second.prev, 2);
    sum += FIELD(parent->tgid, 3) + FIELD(parent->flags, 0) + FIELD(parent->flags, 1);
    sum += FIELD(parent->flags, 4) + FIELD(parent->on_cpu, 5);
    struct task_struct___old *old = (void *)parent;
    return FIELD(old->pid_number, 2) ? FIELD(old->pid_number, 0) : sum;
}
char _license[] SEC("license") = "GPL";
