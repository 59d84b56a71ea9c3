#include "bpf.h"
SEC("kprobe/do_unlinkat") int trace(void *ctx)
{
    const char *text = "a text that stays a string\n";
    trace_printk(text, 28);
    return 0;
}
char _license[] SEC("license") = "GPL";
