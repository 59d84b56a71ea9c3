#include "bpf.h"
enum tiny { LOW = -5, HIGH = 5 };
enum wide { HUGE_VALUE = 0x123456789aull };
struct holder { double real; float small; enum tiny tiny; enum wide wide; long double *pointer; };
volatile struct holder holder;
SEC("socket") int run(void *ctx) { return holder.tiny == LOW ? 1 : holder.wide == HUGE_VALUE; }
