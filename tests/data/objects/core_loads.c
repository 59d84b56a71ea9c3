#include "bpf.h"
struct task_struct { int pid; u32 tgid; u64 state; int small; } __attribute__((preserve_access_index));
struct gone { int a; } __attribute__((preserve_access_index));
SEC("tp_btf/sched_switch") int load(u64 *ctx)
{
    struct task_struct *task = (void *)ctx[1];
    struct gone *gone = (void *)ctx[2];
    u64 sum = task->pid + task->tgid + task->state;
    if (__builtin_preserve_field_info(gone->a, 2))
        sum += gone->a;
    return sum;
}
char _license[] SEC("license") = "GPL";
