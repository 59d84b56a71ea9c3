/* A kernel as core_fields.c, core_types.c and core_matches.c may meet it: other places, other widths, other names. */
#include "bpf.h"
struct list { struct list *next, *prev; };
struct task_struct {
    long state;
    struct { u64 tgid; int pid; };
    char comm[24];
    struct { long inner; union { struct list second; int other; }; } nested[4];
    u64 on_cpu : 2, spare : 33, flags : 9;
    struct task_struct *parent;
    struct list children;
};
enum state { RUNNING = 2, STOPPED = -7 };
enum wide { HUGE_VALUE = 0xabcdef0123456789ull };
typedef struct { int a, b; } anonymous_t;
volatile struct task_struct task;
volatile enum state state;
volatile enum wide wide;
volatile anonymous_t anonymous;
SEC("socket") int use(void *ctx) { return task.state + state + wide + anonymous.a; }
