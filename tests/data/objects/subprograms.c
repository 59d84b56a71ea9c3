#include "bpf.h"
static NOINLINE int add(int a, int b) { asm volatile(""); return a + b; }
NOINLINE int twice(int a) { asm volatile(""); return add(a, a); }
HIDDEN NOINLINE int hidden(int a) { asm volatile(""); return add(a, 3); }
WEAK NOINLINE int weak(int a) { asm volatile(""); return a * 5; }
SEC("socket") int one(void *ctx) { return twice(3) + hidden(4); }
SEC("socket") int two(void *ctx) { return add(1, weak(2)); }
