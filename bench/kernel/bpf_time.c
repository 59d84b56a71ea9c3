/* Measures the kernel's own time: preloaded into a program, sums what its bpf(2) calls take. Bench only.
   build: gcc -O2 -shared -fPIC bench/kernel/bpf_time.c -o bpf_time.so -ldl; run: LD_PRELOAD=./bpf_time.so PROGRAM */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>

static __thread unsigned long spent, calls;
static long (*next)(long number, ...);

static unsigned long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ul + t.tv_nsec;
}

long syscall(long number, ...)
{
    long a[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (!next)
        next = dlsym(RTLD_NEXT, "syscall");
    if (number != SYS_bpf)
        return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    unsigned long start = now();
    long result = next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    spent += now() - start;
    calls++;
    return result;
}

/* Nanoseconds and calls of this thread so far. */
unsigned long bpf_time_spent(void) { return spent; }
unsigned long bpf_time_calls(void) { return calls; }
