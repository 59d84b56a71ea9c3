/* Callbacks, subprograms, tail calls, iterators, globals, atomics. */
#include "bpf.h"
LICENSE;

struct sum { u64 total; u32 rounds, limit; };
struct { UINT(type, HASH); UINT(max_entries, 128); TYPE(key, u32); TYPE(value, u64); } table SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 100); TYPE(key, u32); TYPE(value, u64); } numbers SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 8); TYPE(key, u32); TYPE(value, u64); } results SEC(".maps");

u64 seen_packets;
u64 seen_bytes = 7;
u32 history[16];
const volatile u32 multiplier = 31;
static u64 hidden;
u32 word;
u64 quad;

INLINE u32 length_of(struct xdp_md *ctx) { return ctx->data_end - ctx->data; }

static int add_round(u32 index, struct sum *sum)
{
    sum->total += index * multiplier;
    sum->rounds++;
    return sum->rounds >= sum->limit;
}

SEC("xdp") int loop_rounds(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct sum sum = { .limit = (u32)(v.end - v.data) };
    long rounds = loop(1000, add_round, &sum, 0);
    long none = loop(0, add_round, &sum, 0);
    long flags = loop(1, add_round, &sum, 1);
    long many = loop(1u << 24, add_round, &sum, 0);
    return (int)(sum.total + rounds * 3 + none + flags * 5 + many * 7);
}

static int inner_round(u32 index, u64 *total)
{
    *total += index ^ 5;
    return 0;
}

static int outer_round(u32 index, u64 *total)
{
    loop(index & 7, inner_round, total, 0);
    return 0;
}

SEC("xdp") int loop_nested(struct xdp_md *ctx)
{
    u64 total = 0;
    loop(50, outer_round, &total, 0);
    return (int)total;
}

static int visit(void *map, u32 *key, u64 *value, struct sum *sum)
{
    sum->total += *key * 3 + *value;
    sum->rounds++;
    *value += 1;
    return 0;
}

static int visit_some(void *map, u32 *key, u64 *value, struct sum *sum)
{
    return ++sum->rounds == sum->limit;
}

SEC("xdp") int each_element(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u32 key = (u32)(v.end - v.data) & 127;
    u64 value = key;
    map_update(&table, &key, &value, ANY);
    struct sum sum = {};
    long visited = for_each(&table, visit, &sum, 0);
    return (int)(sum.total * 1000 + visited + for_each(&table, visit, &sum, 1));
}

SEC("xdp") int each_index(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    struct sum sum = { .limit = (u32)(v.end - v.data) };
    long some = for_each(&numbers, visit_some, &sum, 0);
    long all = for_each(&numbers, visit, &sum, 0);
    return (int)(sum.total + some * 1000 + all);
}

NOINLINE u64 mix(u64 a, u64 b, u64 c)
{
    for (int i = 0; i < 8; i++) {
        a = (a << 7 | a >> 57) ^ (b + c);
        b = b * 0x9E3779B97F4A7C15ull + i;
    }
    return a ^ b;
}

NOINLINE u64 deep3(u64 x) { return mix(x, x + 1, x + 2) ^ 3; }
NOINLINE u64 deep2(u64 x) { return deep3(x * 3) + deep3(x + 9); }
NOINLINE u64 deep1(u64 x) { return deep2(x) - deep2(x ^ 0xff); }

SEC("xdp") int subprograms(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    return (int)deep1(v.end - v.data);
}

__attribute__((noinline)) int global_function(struct xdp_md *ctx, int x)
{
    struct view v = xdp_view(ctx);
    return (int)(v.end - v.data) * x + (int)hidden;
}

SEC("xdp") int global_call(struct xdp_md *ctx)
{
    hidden += 2;
    return global_function(ctx, 3) - global_function(ctx, 1);
}

SEC("xdp") int globals(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 length = v.end - v.data;
    seen_packets++;
    seen_bytes += length;
    history[seen_packets & 15] = (u32)length;
    u32 sum = 0;
    for (int i = 0; i < 16; i++)
        sum = sum * multiplier + history[i];
    return (int)sum;
}

SEC("xdp") int atomics(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    u64 length = v.end - v.data;
    u64 a = __sync_fetch_and_add(&quad, length);
    u64 b = __sync_fetch_and_or(&quad, 0x100);
    u64 c = __sync_fetch_and_and(&quad, ~2ull);
    u64 d = __sync_fetch_and_xor(&quad, length << 3);
    u64 e = __sync_val_compare_and_swap(&quad, d ^ (length << 3), 12345);
    u64 f = __sync_lock_test_and_set(&quad, length + 1);
    u32 g = __sync_fetch_and_add(&word, (u32)length);
    u32 h = __sync_val_compare_and_swap(&word, g + (u32)length, g + 1);
    return (int)(a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13 + g * 17 + h * 19);
}

int target_one(struct xdp_md *ctx);
int target_two(struct xdp_md *ctx);
struct { UINT(type, PROG_ARRAY); UINT(max_entries, 4); UINT(key_size, 4); int (*values[])(struct xdp_md *); } jumps SEC(".maps") =
    { .values = { [0] = &target_one, [1] = &target_two } };

SEC("xdp") int target_one(struct xdp_md *ctx)
{
    hidden++;
    tail_call(ctx, &jumps, 1);
    return 11;
}

SEC("xdp") int target_two(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    return 22 + (int)(v.end - v.data);
}

SEC("xdp") int tail_calls(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    tail_call(ctx, &jumps, (u32)(v.end - v.data) & 7);
    return 33;
}

NOINLINE int jump_from_below(struct xdp_md *ctx, u32 index)
{
    volatile int result = 5;
    tail_call(ctx, &jumps, index);
    return result;
}

SEC("xdp") int tail_call_in_subprogram(struct xdp_md *ctx)
{
    struct view v = xdp_view(ctx);
    int a = jump_from_below(ctx, (u32)(v.end - v.data) & 3);
    return a * 7 + 1;
}

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __attribute__((section(".ksyms")));
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __attribute__((section(".ksyms")));
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __attribute__((section(".ksyms")));

SEC("xdp") int number_iterator(struct xdp_md *ctx)
{
    struct bpf_iter_num it;
    struct view v = xdp_view(ctx);
    int *i, sum = 0;
    bpf_iter_num_new(&it, -3, (int)((v.end - v.data) & 63));
    while ((i = bpf_iter_num_next(&it)))
        sum = sum * 3 + *i;
    bpf_iter_num_destroy(&it);
    int wrong = bpf_iter_num_new(&it, 5, 4);
    bpf_iter_num_destroy(&it);
    return sum + wrong;
}

SEC("syscall") int syscall_args(u64 *args)
{
    args[1] = mix(args[0], args[1], 5);
    args[2] += 1;
    return (int)(args[0] & 0xff);
}

SEC("syscall") int syscall_maps(u64 *args)
{
    u32 key = args[0] & 7;
    u64 *value = map_lookup(&results, &key);
    if (!value)
        return -1;
    *value += args[1];
    args[0] = *value;
    return 1;
}

SEC("raw_tp") int raw_arguments(u64 *args)
{
    u32 key = 0;
    u64 *value = map_lookup(&results, &key);
    if (value)
        *value = args[0] + 3 * args[1];
    return (int)(args[0] ^ args[1]);
}
