#include "bpf.h"
#define KCONFIG __attribute__((section(".kconfig")))
extern u32 LINUX_KERNEL_VERSION KCONFIG;
extern u64 CONFIG_HZ KCONFIG;
extern char CONFIG_LOCALVERSION[20] KCONFIG;
extern _Bool CONFIG_ABSENT KCONFIG WEAK;
SEC("socket") int run(void *ctx)
{
    return LINUX_KERNEL_VERSION > 0x050000 && CONFIG_HZ && !CONFIG_ABSENT && CONFIG_LOCALVERSION[1] == 0;
}
