/* flags: -g0 */
#include "bpf.h"
volatile u32 counter = 3;
static NOINLINE int help(int a) { asm volatile(""); return a + 1; }
SEC("xdp") int run(struct xdp_md *ctx) { return help(counter++); }
