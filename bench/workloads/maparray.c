// 64 lookups in an array map, and an addition to each value.
#include "workload.h"
ARRAY(array, 256)
INLINE u64 work(u8 *data, u8 *end)
{
    u64 sum = 0;
#pragma clang loop unroll(disable)
    for (int i = 0; i < 64; i++) {
        u32 key = data[16 + i];
        u64 *value = LOOKUP_ARRAY(&key);
        if (value) {
            *value += 1;
            sum += *value;
        }
    }
    return sum;
}
ENTRY(work, 16 + 64)
