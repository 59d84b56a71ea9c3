/* since: 19 */
#include "bpf.h"
#define ARENA_MEMORY __attribute__((address_space(1)))
struct { __uint(type, ARENA); __uint(map_flags, 1 << 10); __uint(max_entries, 2); } arena SEC(".maps");
int ARENA_MEMORY counter SEC(".addr_space.1") = 5;
SEC("syscall") int run(void *ctx) { u32 zero = 0; asm volatile("" :: "r"(&arena)); counter++; return counter; }
char _license[] SEC("license") = "GPL";
