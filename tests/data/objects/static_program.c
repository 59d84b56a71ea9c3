#include "bpf.h"
static SEC("classifier") int filter(void *ctx) { return 1; }
SEC("tc/tail") int tail(void *ctx) { return 2; }
