#include "bpf.h"
struct bits { u32 a : 3, b : 13, : 4, c : 12; u64 d : 40, e : 24; } __attribute__((packed));
volatile struct bits bits;
SEC("socket") int run(void *ctx) { return bits.b + (bits.d == 7) + bits.c; }
