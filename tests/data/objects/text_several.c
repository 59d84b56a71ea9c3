#include "bpf.h"
static NOINLINE int help(int a) { asm volatile(""); return a + 1; }
int first(void *ctx) { return help(1); }
int second(void *ctx) { return help(2); }
