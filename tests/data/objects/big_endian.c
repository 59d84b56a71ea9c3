/* flags: -target bpfeb */
#include "bpf.h"
struct pair { u16 a; u32 b; u8 text[4]; };
volatile struct pair pair = { 0x1234, 0x56789abc, "abc" };
struct { __uint(type, HASH); __uint(max_entries, 9); __type(key, u32); __type(value, struct pair); } table SEC(".maps");
static NOINLINE int help(int a) { asm volatile(""); return a + 0x11223344; }
SEC("xdp") int run(struct xdp_md *ctx) { u32 key = 1; return map_lookup(&table, &key) ? help(pair.b) : 1; }
