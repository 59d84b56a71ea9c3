// Counts the primes below 200 by trial division: 64-bit remainders.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u64 count = 0;
    for (u64 n = 2; n < 200; n++) {
        u64 is_prime = 1;
        for (u64 i = 2; i * i <= n; i++) {
            u64 rest = (n + data[16]) % i;
            is_prime &= rest != 0;
        }
        count += is_prime;
    }
    return count;
}
ENTRY(work, 64)
