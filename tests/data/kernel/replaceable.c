/* A program with a global function that another program can replace (freplace). */
#include "../objects/bpf.h"
NOINLINE int answer(int number) { asm volatile("" : "+r"(number)); return number + 1; }
SEC("xdp") int run(struct xdp_md *ctx) { return answer(1); }
char _license[] SEC("license") = "GPL";
