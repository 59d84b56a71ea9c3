/* flags: -g0 */
#include "bpf.h"
extern void *copy_bytes(void *to, const void *from, unsigned long size);
SEC("socket") int run(void *ctx) { char a[8], *from = ctx; copy_bytes(a, from, (u64)ctx & 7); return a[0]; }
