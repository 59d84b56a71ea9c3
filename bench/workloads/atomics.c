// 64 atomic additions to 8 counters on the stack.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u64 c[8];
    for (int i = 0; i < 8; i++)
        ((volatile u64 *)c)[i] = data[16 + i];
#pragma clang loop unroll(disable)
    for (int i = 0; i < 8; i++) {
#pragma clang loop unroll(full)
        for (int j = 0; j < 8; j++)
            __sync_fetch_and_add(&c[j], i + j);
    }
    u64 sum = 0;
    for (int i = 0; i < 8; i++)
        sum = sum * 7 + ((volatile u64 *)c)[i];
    return sum;
}
ENTRY(work, 16 + 64)
