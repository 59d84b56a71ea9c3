#include "bpf.h"
struct list { struct list *next; };
struct task_struct { int pid; struct list children; };
SEC("kprobe/do_unlinkat") int probe(void *ctx) { return __builtin_preserve_type_info(*(struct task_struct *)0, 2); }
