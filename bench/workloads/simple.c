// Nothing but entering and leaving.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    return 12345678;
}
ENTRY(work, 64)
