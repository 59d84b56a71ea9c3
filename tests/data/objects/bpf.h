/* What the objects of these tests need of eBPF, so that they build with no header of the system. */
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define NOINLINE __attribute__((noinline))
#define HIDDEN __attribute__((visibility("hidden")))
#define WEAK __attribute__((weak))
#define NULL ((void *)0)
enum { HASH = 1, ARRAY = 2, PROG_ARRAY = 3, PERF_EVENT_ARRAY = 4, LRU_HASH = 9, LPM_TRIE = 11, ARRAY_OF_MAPS = 12,
       HASH_OF_MAPS = 13, RINGBUF = 27, TASK_STORAGE = 29, BLOOM_FILTER = 30, ARENA = 33 };
struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*ktime_get_ns)(void) = (void *)5;
static long (*trace_printk)(const char *format, u32 size, ...) = (void *)6;
static long (*tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static void *(*ringbuf_reserve)(void *map, u64 size, u64 flags) = (void *)131;
static void (*ringbuf_submit)(void *data, u64 flags) = (void *)132;
static long (*loop)(u32 count, void *callback, void *ctx, u64 flags) = (void *)181;
static long (*for_each)(void *map, void *callback, void *ctx, u64 flags) = (void *)164;
static long (*probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
