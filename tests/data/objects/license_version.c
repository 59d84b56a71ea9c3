#include "bpf.h"
SEC("socket") int drop(void *ctx) { return 0; }
SEC("license") char _license[] = "Dual MIT/GPL";
SEC("version") u32 _version = 0x061200;
