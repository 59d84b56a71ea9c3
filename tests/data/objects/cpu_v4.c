/* flags: -mcpu=v4 */
/* since: 18 */
#include "bpf.h"
volatile s64 divisor = -3;
SEC("socket") int run(s64 *ctx) { return *(signed char *)ctx / divisor + __builtin_bswap32(divisor); }
