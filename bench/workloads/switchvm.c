// Interprets 128 one-byte operations of 16 kinds.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u64 a = 1;
#pragma clang loop unroll(disable)
    for (int i = 0; i < 128; i++) {
        u8 op = data[16 + i];
        switch (op & 15) {
        case 0: a += 3; break;
        case 1: a ^= 0x55; break;
        case 2: a *= 7; break;
        case 3: a -= 11; break;
        case 4: a <<= 1; break;
        case 5: a >>= 1; break;
        case 6: a |= 0x100; break;
        case 7: a &= 0xffffff; break;
        case 8: a = ~a; break;
        case 9: a += op; break;
        case 10: a ^= a >> 13; break;
        case 11: a += i; break;
        case 12: a -= op; break;
        case 13: a *= 31; break;
        case 14: a ^= op; break;
        default: a += a; break;
        }
    }
    return a;
}
ENTRY(work, 16 + 128)
