/* Takes the place of answer() in replaceable.c. */
#include "../objects/bpf.h"
SEC("freplace/answer") int new_answer(int number) { return number + 41; }
char _license[] SEC("license") = "GPL";
