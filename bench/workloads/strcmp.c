// Compares two strings of 256 bytes that differ in the last.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u8 *a = data + 16, *b = data + 16 + 256;
#pragma clang loop unroll(disable)
    for (int i = 0; i < 256; i++) {
        u8 x = a[i], y = b[i];
        if (x != y)
            return 1000 + i;
        if (!x)
            return i;
    }
    return 999;
}
ENTRY(work, 16 + 512)
