#include "bpf.h"
SEC("xdp") int a(struct xdp_md *ctx) { return 1; }
SEC("xdp") int b(struct xdp_md *ctx) { return ctx->data ? 2 : 1; }
SEC("xdp") int c(struct xdp_md *ctx) { return 3; }
