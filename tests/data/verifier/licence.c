/* The tenth mistake: a function for GPL programs in one that declares no licence. */
#include "../objects/bpf.h"
static u64 (*get_current_task)(void) = (void *)35;

SEC("kprobe/do_exit") int missing_licence(void *ctx)
{
    return get_current_task() != 0; /* missing_licence: BPF2203 */
}
