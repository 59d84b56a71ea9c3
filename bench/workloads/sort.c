// Sorts 24 words on the stack, by exchanging neighbours.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u64 a[24], *words = (u64 *)(data + 16);
    for (int i = 0; i < 24; i++)
        ((volatile u64 *)a)[i] = words[i];
#pragma clang loop unroll(disable)
    for (int round = 0; round < 24; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 23; i++) {
            u64 x = ((volatile u64 *)a)[i], y = ((volatile u64 *)a)[i + 1];
            u64 low = x < y ? x : y, high = x < y ? y : x;
            ((volatile u64 *)a)[i] = low;
            ((volatile u64 *)a)[i + 1] = high;
        }
    }
    u64 sum = 0;
    for (int i = 0; i < 24; i++)
        sum = sum * 31 + ((volatile u64 *)a)[i];
    return sum;
}
ENTRY(work, 16 + 192)
