// Copies 1,024 bytes in words.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    volatile u64 *from = (u64 *)(data + 16), *to = (u64 *)(data + 16 + 1024);
    for (int i = 0; i < 128; i++)
        to[i] = from[i];
    return to[127];
}
ENTRY(work, 16 + 2048)
