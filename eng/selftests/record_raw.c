// Records the kernel's verdict on the raw-instruction tests (verifier/*.c): record_raw OUT SET
// Compiled against the kernel tree: its test driver is included, its loads are recorded by the wrapper.
#include "recorder.h"
#define main test_verifier_main
#include "test_verifier.c"
#undef main
#include <sys/wait.h>

int main(int argc, char **argv)
{
	if (argc < 3) return 2;
	char file[100], extra[400];
	snprintf(file, sizeof(file), "%s.jsonl", argv[2]);
	rec_open(argv[1], file);
	rec_unnamed = 1; rec_log_mark = bpf_vlog; rec_set = argv[2]; rec_object = "raw"; rec_extra = extra;
	freopen("/dev/null", "w", stdout);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		fflush(rec_out);
		pid_t pid = fork();
		if (!pid) {
			int passes = 0, errors = 0, n;
			struct bpf_test *t = &tests[i];
			alarm(300);
			rec_program = t->descr;
			n = snprintf(extra, sizeof(extra), ",\"expect\":\"%s\",\"retval\":%u,\"runs\":%d,\"input\":\"", t->result == REJECT ? "reject" : "accept", t->retval, t->runs ? t->runs : 1);
			for (int b = 0; b < TEST_DATA_LEN; b++) n += snprintf(extra + n, sizeof(extra) - n, "%02x", t->data[b]);
			snprintf(extra + n, sizeof(extra) - n, "\"");
			do_test_single(t, false, &passes, &errors);
			if (!rec_count) {
				fprintf(rec_out, "{\"set\":\"%s\",\"object\":\"raw\",\"program\":", argv[2]); rec_text(t->descr, 300);
				fprintf(rec_out, ",\"type\":%d,\"verdict\":\"environment\",\"errno\":0,\"log\":\"\"}\n", t->prog_type);
			}
			fflush(rec_out);
			_exit(0);
		}
		int status;
		waitpid(pid, &status, 0);
		if (status) fprintf(stderr, "%s: status %x\n", tests[i].descr, status);
	}
	return 0;
}
