// 64 lookups in a hash map; about half of the keys are there.
#include "workload.h"
HASH(hash, 1024)
INLINE u64 work(u8 *data, u8 *end)
{
    u64 sum = 0;
#pragma clang loop unroll(disable)
    for (int i = 0; i < 64; i++) {
        u32 key = data[16 + i] * 2654435761u;
        u64 *value = LOOKUP_HASH(&key);
        if (value)
            sum += *value;
    }
    return sum;
}
ENTRY(work, 16 + 64)
