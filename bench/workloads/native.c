// Where the host tells the native twins about its maps.
#ifndef NATIVE
#define NATIVE
#endif
#include "workload.h"
struct hash_table *native_hash;
u8 *native_array;
u64 native_array_stride, native_array_count;
