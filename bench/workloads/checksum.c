// The Internet checksum of 1,440 bytes by 16-bit words.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u16 *words = (u16 *)(data + 16);
    u64 sum = 0;
#pragma clang loop unroll_count(4)
    for (int i = 0; i < 720; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}
ENTRY(work, 16 + 1440)
