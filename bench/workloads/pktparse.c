// Ethernet, up to two VLAN tags, IPv4 with options, TCP or UDP: a hash of the five-tuple and a small access list.
#include "workload.h"
INLINE u16 swap(u16 x)
{
    return __builtin_bswap16(x);
}
INLINE u32 mix(u32 h, u32 v)
{
    h ^= v;
    h *= 0x85ebca6b;
    h ^= h >> 13;
    return h << 7 | h >> 25;
}
INLINE u64 work(u8 *data, u8 *end)
{
    u8 *packet = data + 16, *at = packet + 14;
    u16 type = swap(*(u16 *)(packet + 12));
    for (int i = 0; i < 2; i++)
        if (type == 0x8100 || type == 0x88a8) {
            type = swap(*(u16 *)(at + 2));
            at += 4;
        }
    if (type != 0x0800)
        return 1;
    u32 header = (at[0] & 15) * 4;
    if (at[0] >> 4 != 4 || header < 20)
        return 2;
    if (swap(*(u16 *)(at + 6)) & 0x1fff)
        return 3;
    u8 protocol = at[9];
    u32 source = *(u32 *)(at + 12), target = *(u32 *)(at + 16);
    u8 *l4 = at + (header & 60);
    if (protocol != 6 && protocol != 17)
        return 4;
    if (l4 + 20 > end)
        return 5;
    u32 ports = *(u32 *)l4;
    u16 port = swap(ports >> 16);
    u32 hash = mix(mix(mix(mix(0x9e3779b9, source), target), ports), protocol);
    u64 result = hash;
    if (protocol == 6) {
        if ((l4[13] & 0x17) == 0x02)
            result |= 1ull << 40;
        result += (u64)swap(*(u16 *)(l4 + 14)) << 33;
    }
    if ((target & 0x00ffffff) == 0x0001a8c0 && (port == 80 || port == 443))
        result |= 1ull << 41;
    return result;
}
ENTRY(work, 16 + 200)
