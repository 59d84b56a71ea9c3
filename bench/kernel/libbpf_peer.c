/* The kernel host's peer for `BpfSharp.Benchmarks kernel`: the same work in C on libbpf. Bench only.
   build: gcc -O2 bench/kernel/libbpf_peer.c -lbpf -o libbpf_peer; run: BpfSharp.Benchmarks kernel ./libbpf_peer */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
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
        double best = 1e18;
        for (int round = 0; round < 15; round++) {
            double start = now(CLOCK_MONOTONIC);
            struct bpf_object *object = bpf_object__open_file(arguments[2], NULL);
            struct bpf_map *map;
            if (!object)
                return 1;
            bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
            if (bpf_object__load(object))
                return 1;
            double spent = (now(CLOCK_MONOTONIC) - start) / 1000;
            best = spent < best ? spent : best;
            bpf_object__close(object);
        }
        printf("%.0f us\n", best);
        return 0;
    }
    return 2;
}
