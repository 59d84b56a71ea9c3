/* Arithmetic of both widths, signs, shifts, division, byte order: on numbers taken from the packet. */
#include "bpf.h"
LICENSE;

struct { UINT(type, ARRAY); UINT(max_entries, 16); TYPE(key, u32); TYPE(value, u64); } out SEC(".maps");

INLINE void put(u32 index, u64 value) { map_update(&out, &index, &value, ANY); }
INLINE u64 take(struct view v, u32 offset)
{
    u64 x = 0;
    if (v.data + offset + 8 <= v.end)
        __builtin_memcpy(&x, v.data + offset, 8);
    return x;
}

SEC("xdp") int arith64(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 a = take(v, 0), b = take(v, 6);
    put(0, a + b);
    put(1, a - b);
    put(2, a * b);
    put(3, b ? a / b : 1);
    put(4, b ? a % b : 2);
    put(5, a & b);
    put(6, a | b);
    put(7, a ^ ~b);
    return (int)(-a);
}

SEC("xdp") int arith32(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u32 a = (u32)take(v, 1), b = (u32)take(v, 3);
    put(0, a + b);
    put(1, a - b);
    put(2, a * b);
    put(3, b ? a / b : 1);
    put(4, b ? a % b : 2);
    put(5, (u64)(s64)(s32)a);
    put(6, (u64)(s64)(s16)a);
    put(7, (u64)(s64)(s8)a);
    return (int)(a ^ b);
}

SEC("xdp") int shifts(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 a = take(v, 2);
    u32 n = (u32)take(v, 5) & 63;
    put(0, a << n);
    put(1, a >> n);
    put(2, (u64)((s64)a >> n));
    put(3, (u32)a << (n & 31));
    put(4, (u32)a >> (n & 31));
    put(5, (u64)(s64)((s32)a >> (n & 31)));
    put(6, a << 13 | a >> 51);
    return (int)n;
}

SEC("xdp") int comparisons(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 a = take(v, 0), b = take(v, 4);
    int r = 0;
    r |= (a > b) << 0 | (a >= b) << 1 | ((s64)a > (s64)b) << 2 | ((s64)a >= (s64)b) << 3;
    r |= ((u32)a > (u32)b) << 4 | ((s32)a > (s32)b) << 5 | (a == b) << 6 | ((a & b) != 0) << 7;
    r |= ((s32)a < -5) << 8 | ((s64)b < 100) << 9 | ((u32)b <= 0x80000000u) << 10 | ((s8)a < 0) << 11;
    put(0, r);
    return r;
}

SEC("xdp") int byte_order(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 a = take(v, 3);
    put(0, __builtin_bswap16((u16)a));
    put(1, __builtin_bswap32((u32)a));
    put(2, __builtin_bswap64(a));
    put(3, __builtin_popcountll(a));
    put(4, a ? __builtin_ctzll(a) : 64);
    return (int)__builtin_bswap32((u32)a);
}

SEC("xdp") int stack_sort(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u8 bytes[32];
    for (u32 i = 0; i < 32; i++)
        bytes[i] = v.data + i + 1 <= v.end ? *(u8 *)(v.data + i) : (u8)(i * 37);
    for (u32 i = 0; i < 31; i++)
        for (u32 j = 0; j < 31 - i; j++)
            if (bytes[j] > bytes[j + 1]) {
                u8 t = bytes[j];
                bytes[j] = bytes[j + 1];
                bytes[j + 1] = t;
            }
    u32 hash = 0;
    for (u32 i = 0; i < 32; i++)
        hash = hash * 31 + bytes[i];
    return (int)hash;
}

SEC("xdp") int unaligned(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    if (v.data + 14 > v.end)
        return 0;
    u16 a = *(u16 *)(v.data + 1);
    u32 b = *(u32 *)(v.data + 3);
    u64 c = *(u64 *)(v.data + 5);
    *(u32 *)(v.data + 7) = b ^ 0x01020304;
    *(u16 *)(v.data + 11) = a + 1;
    return (int)(a + b + c);
}

SEC("xdp") int checksum(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u32 sum = 0;
    for (u32 i = 0; i < 512; i++) {
        if (v.data + 2 * i + 2 > v.end)
            break;
        sum += *(u16 *)(v.data + 2 * i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (int)(u16)~sum;
}

SEC("xdp") int fnv_hash(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 hash = 0xcbf29ce484222325ull;
    for (u32 i = 0; i < 200; i++) {
        if (v.data + i + 1 > v.end)
            break;
        hash = (hash ^ *(u8 *)(v.data + i)) * 0x100000001b3ull;
    }
    put(15, hash);
    return (int)(hash >> 32);
}

SEC("xdp") int branches(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    int r = 0;
    for (u32 i = 0; i < 64; i++) {
        if (v.data + i + 1 > v.end)
            break;
        switch (*(u8 *)(v.data + i) & 15) {
        case 0: r += 1; break;
        case 1: r ^= 0x55; break;
        case 2: r <<= 1; break;
        case 3: r -= 9; break;
        case 4: r *= 3; break;
        case 5: r = ~r; break;
        case 6: r |= i; break;
        case 7: r &= 0xffffff; break;
        case 8: r += r >> 3; break;
        case 9: r = -r; break;
        case 10: r ^= r << 5; break;
        case 11: r += 1000; break;
        default: r += i; break;
        }
    }
    return r;
}
