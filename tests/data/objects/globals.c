#include "bpf.h"
const volatile u32 limit = 10;
const volatile char name[8] = "probe";
volatile u64 total = 5;
static volatile u32 calls;
volatile u64 sums[4];
u64 custom SEC(".data.custom") = 77;
const volatile u32 deep SEC(".rodata.deep") = 3;
u32 big[100] SEC(".bss.big");
SEC("socket") int run(void *ctx)
{
    calls++;
    total += limit + name[0] + deep;
    sums[calls & 3] = total + custom;
    return sums[1] + big[calls & 63];
}
