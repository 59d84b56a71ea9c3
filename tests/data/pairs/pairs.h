// What the C twins share: types, headers and helpers, as far as they use them.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define UINT(name, value) int(*name)[value]
#define TYPE(name, value) typeof(value) *name
#define htons(x) __builtin_bswap16(x)
#define htonl(x) __builtin_bswap32(x)

enum { ABORTED, DROP, PASS, TX, REDIRECT };

struct xdp_md {
    u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct eth { u8 dst[6], src[6]; u16 type; };
struct ipv4 { u8 vihl, tos; u16 len, id, frag; u8 ttl, proto; u16 check; u32 src, dst; };
struct ipv6 { u32 vcf; u16 len; u8 next, hops; u32 src[4], dst[4]; };
struct tcp { u16 src, dst; u32 seq, ack; u8 off, flags; u16 window, check, urgent; };
struct udp { u16 src, dst, len, check; };
struct ports { u16 src, dst; };
struct icmp { u8 type, code; u16 check; u32 rest; };
struct words { u32 a, b; s32 c, d; u64 e, f; s64 g; };

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*map_delete)(void *map, const void *key) = (void *)3;
static u64 (*ktime)(void) = (void *)5;
static u32 (*prandom)(void) = (void *)7;
static u32 (*cpu_id)(void) = (void *)8;
static u64 (*pid_tgid)(void) = (void *)14;
static long (*ringbuf_output)(void *map, void *data, u64 size, u64 flags) = (void *)130;
static void *(*ringbuf_reserve)(void *map, u64 size, u64 flags) = (void *)131;
static void (*ringbuf_submit)(void *data, u64 flags) = (void *)132;
static long (*loop)(u32 n, void *callback, void *state, u64 flags) = (void *)181;

#define READ(type, name, at) type *name = at; if ((void *)(name + 1) > end) return PASS
#define BEGIN void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end

char license_text[] SEC("license") = "GPL";
