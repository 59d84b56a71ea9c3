#include "bpf.h"
static const char first[] = "first", second[] = "second";
static const char *volatile names[] = { first, second };
static u64 target = 4;
u64 *volatile pointer = &target;
SEC("socket") int run(void *ctx) { return names[1] == names[0] ? 1 : pointer ? (int)*pointer : 0; }
