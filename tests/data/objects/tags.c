#include "bpf.h"
#define TAG(text) __attribute__((btf_decl_tag(text)))
#define USER __attribute__((btf_type_tag("user")))
struct tagged { int USER *pointer; int plain TAG("member"); } TAG("whole");
volatile struct tagged value;
NOINLINE TAG("exception_callback:handler") SEC("?tc") int thrower(void *ctx) { return value.plain; }
NOINLINE int handler(u64 cookie) { asm volatile(""); return cookie; }
