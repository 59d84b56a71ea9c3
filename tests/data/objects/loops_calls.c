#include "bpf.h"
static NOINLINE int leaf(int a) { asm volatile(""); return a + 1; }
static NOINLINE int middle(int a) { asm volatile(""); return leaf(a) + leaf(a + 1); }
static NOINLINE int top(int a) { asm volatile(""); return middle(a) + leaf(a); }
SEC("socket") int run(void *ctx) { return top(1) + middle(2); }
