/* A program with two static tracepoints (USDT), for the tests that attach to them. It needs no C library: static, tiny. */
static long call(long number, long a, long b, long c)
{
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

/* The note that the convention asks for: place, base, semaphore, provider, name, arguments. */
#define NOTE(name, semaphore, arguments)                                                                            \
    "990: nop\n.pushsection .note.stapsdt,\"\",@note\n.balign 4\n.4byte 992f-991f, 994f-993f, 3\n"                   \
    "991: .asciz \"stapsdt\"\n992: .balign 4\n993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " semaphore "\n"        \
    ".asciz \"bpfsharp\"\n.asciz \"" name "\"\n.asciz \"" arguments "\"\n994: .balign 4\n.popsection\n"

asm(".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n.weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
    "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n"
    ".pushsection .probes,\"aw\",@progbits\n.globl probe_enabled\nprobe_enabled: .2byte 0\n.balign 8\n.popsection\n");
extern volatile unsigned short probe_enabled;

/* Fires `tick` (a register, a constant, memory) and, only while someone is attached, `guarded`. */
__attribute__((noinline)) static void fire(long number)
{
    volatile int memory = -7;
    asm volatile(NOTE("tick", "0", "8@%%rdi -4@$42 -4@%1") :: "D"(number), "m"(memory));
    if (probe_enabled)
        asm volatile(NOTE("guarded", "probe_enabled", "8@%%rdi") :: "D"(number));
}

void _start(void)
{
    /* A byte on standard input fires once; its end ends the program. */
    char byte;
    long number = 100;
    while (call(0, 0, (long)&byte, 1) == 1) {
        fire(number++);
        call(1, 1, (long)&byte, 1);
    }
    call(60, 0, 0, 0);
}
