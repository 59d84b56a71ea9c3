#include "bpf.h"
#define KSYM __attribute__((section(".ksyms")))
extern const void bpf_link_fops KSYM;
extern const int bpf_prog_active KSYM;
extern const void nowhere KSYM WEAK;
extern void bpf_rcu_read_lock(void) KSYM;
extern void bpf_rcu_read_unlock(void) KSYM;
extern int absent_function(int a) KSYM WEAK;
SEC("?tp_btf/sched_switch") int run(void *ctx)
{
    bpf_rcu_read_lock();
    int active = &nowhere ? *&bpf_prog_active : 3;
    bpf_rcu_read_unlock();
    if (absent_function)
        active += absent_function(1);
    return active + (int)(long)&bpf_link_fops;
}
char _license[] SEC("license") = "GPL";
