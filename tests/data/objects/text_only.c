#include "bpf.h"
int only(void *ctx) { return 42; }
