#include "bpf.h"
struct task_struct { int pid; };
typedef struct { int a; } anonymous_t;
enum state { RUNNING = 1, STOPPED = 9 };
enum wide { HUGE_VALUE = 0x123456789aull };
struct missing { int a; };
SEC("kprobe/do_unlinkat") int probe(void *ctx)
{
    u64 sum = __builtin_btf_type_id(*(struct task_struct *)0, 0) + __builtin_btf_type_id(*(struct task_struct *)0, 1);
    sum += __builtin_preserve_type_info(*(struct missing *)0, 0) + __builtin_preserve_type_info(*(struct task_struct *)0, 1);
    sum += __builtin_preserve_type_info(*(anonymous_t *)0, 0);
    sum += __builtin_preserve_enum_value(*(enum state *)STOPPED, 0) + __builtin_preserve_enum_value(*(enum state *)STOPPED, 1);
    sum += __builtin_preserve_enum_value(*(enum wide *)HUGE_VALUE, 1);
    return sum;
}
char _license[] SEC("license") = "GPL";
