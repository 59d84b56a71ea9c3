/* What a program asks of the kernel it runs in: its version, an option, a function's address, the layout of its types. */
#include "../objects/bpf.h"
extern u32 LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));
extern _Bool CONFIG_BPF_SYSCALL __attribute__((section(".kconfig")));
extern u32 CONFIG_NO_SUCH_OPTION __attribute__((section(".kconfig"), weak));
extern const void bpf_prog_put __attribute__((section(".ksyms")));
extern const void bpfsharp_no_such_symbol __attribute__((section(".ksyms"), weak));
struct task_struct { int pid; int tgid; } __attribute__((preserve_access_index));
struct task_struct___none { int no_such_field; } __attribute__((preserve_access_index));
static struct task_struct *(*get_current_task)(void) = (void *)35;
u32 version = 0, option = 0, absent = 77, tgid = 0, flavour = 77;
u64 address = 0, missing = 77;
const volatile u32 chosen = 1;
u32 copied = 0;
SEC("raw_tp") int ask(void *ctx)
{
    struct task_struct *task = get_current_task();
    version = LINUX_KERNEL_VERSION;
    option = CONFIG_BPF_SYSCALL;
    absent = CONFIG_NO_SUCH_OPTION;
    address = (u64)&bpf_prog_put;
    missing = (u64)&bpfsharp_no_such_symbol;
    probe_read_kernel(&tgid, 4, &task->tgid);
    flavour = __builtin_preserve_field_info(((struct task_struct___none *)0)->no_such_field, 2);
    copied = chosen;
    return 0;
}
char _license[] SEC("license") = "GPL";
