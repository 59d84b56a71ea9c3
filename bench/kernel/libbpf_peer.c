/* The kernel host's peer for `BpfSharp.Benchmarks kernel`: the same work in C on libbpf. Bench only.
   build: gcc -O2 bench/kernel/libbpf_peer.c -lbpf -o libbpf_peer; run: BpfSharp.Benchmarks kernel ./libbpf_peer */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static long sum, seen;
static int take(void *ctx, void *data, size_t size)
{
    sum += *(long *)data;
    seen++;
    return 0;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments) { return 0; }

int main(int count, char **arguments)
{
    libbpf_set_print(quiet);
    if (count == 3 && !strcmp(arguments[1], "drain")) {
        int map = bpf_obj_get(arguments[2]);
        struct ring_buffer *ring = ring_buffer__new(map, take, NULL, NULL);
        double start = now(CLOCK_THREAD_CPUTIME_ID);
        ring_buffer__consume(ring);
        printf("%.1f ns per event (%ld)\n", (now(CLOCK_THREAD_CPUTIME_ID) - start) / (seen ? seen : 1), seen);
        return sum == 0;
    }
    if (count == 3 && !strcmp(arguments[1], "load")) {
        /* With bpf_time.so preloaded: without what its bpf(2) calls took. */
        unsigned long (*spent)(void) = dlsym(RTLD_DEFAULT, "bpf_time_spent");
        unsigned long (*calls)(void) = dlsym(RTLD_DEFAULT, "bpf_time_calls");
        double best = 1e18, own = 1e18;
        unsigned long made = 0;
        for (int round = 0; round < 200; round++) {
            double kernel = spent ? spent() : 0;
            unsigned long before = calls ? calls() : 0;
            double start = now(CLOCK_MONOTONIC);
            struct bpf_object *object = bpf_object__open_file(arguments[2], NULL);
            struct bpf_map *map;
            if (!object)
                return 1;
            bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
            if (bpf_object__load(object))
                return 1;
            double time = (now(CLOCK_MONOTONIC) - start) / 1000;
            made = calls ? calls() - before : 0;
            if (spent)
                kernel = (spent() - kernel) / 1000;
            best = time < best ? time : best;
            own = time - kernel < own ? time - kernel : own;
            bpf_object__close(object);
        }
        printf("%.0f us, %.0f us without %lu calls of bpf(2)\n", best, own, made);
        return 0;
    }
    return 2;
}
