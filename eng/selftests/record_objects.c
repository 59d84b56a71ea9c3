// Records the kernel's verdict on every program of objects: record_objects OUT SET FILE.o...
// Each program is loaded alone, in a process of its own.
#include "recorder.h"
#include <bpf/libbpf.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char last_warning[512];

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	if (level == LIBBPF_WARN) vsnprintf(last_warning, sizeof(last_warning), format, ap);
	return 0;
}

// Flags a selftest asks for by a decl tag of its function.
static unsigned flags_of(struct btf *btf, const char *name, char *extra, size_t size)
{
	static const struct { const char *name; unsigned bit; } bits[] = { { "BPF_F_STRICT_ALIGNMENT", 1 }, { "BPF_F_ANY_ALIGNMENT", 2 },
		{ "BPF_F_TEST_RND_HI32", 4 }, { "BPF_F_TEST_STATE_FREQ", 8 }, { "BPF_F_SLEEPABLE", 16 }, { "BPF_F_XDP_HAS_FRAGS", 32 }, { "BPF_F_TEST_REG_INVARIANTS", 128 } };
	unsigned flags = 0;
	int func = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) : -1, n = btf ? btf__type_cnt(btf) : 0;
	extra[0] = 0;
	for (int i = 1; i < n && func > 0; i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		if (btf_kind(t) != BTF_KIND_DECL_TAG || (int)t->type != func) continue;
		const char *tag = btf__name_by_offset(btf, t->name_off);
		if (!strncmp(tag, "comment:test_prog_flags=", 24))
			for (unsigned b = 0; b < sizeof(bits) / sizeof(bits[0]); b++) { if (!strcmp(tag + 24, bits[b].name)) flags |= bits[b].bit; }
		if (!strcmp(tag, "comment:test_expect_failure")) snprintf(extra, size, ",\"expect\":\"reject\"");
		if (!strcmp(tag, "comment:test_expect_success")) snprintf(extra, size, ",\"expect\":\"accept\"");
	}
	return flags;
}

static void one(const char *set, const char *file, const char *name, const char *program)
{
	struct bpf_object *obj = bpf_object__open_file(file, 0);
	struct bpf_program *p, *chosen = 0;
	char extra[64];
	if (!obj) exit(3);
	bpf_object__for_each_program(p, obj) {
		int mine = !strcmp(bpf_program__name(p), program);
		bpf_program__set_autoload(p, mine);
		if (mine) chosen = p;
	}
	struct bpf_map *m;
	bpf_object__for_each_map(m, obj)
		if (bpf_map__type(m) == BPF_MAP_TYPE_STRUCT_OPS) bpf_map__set_autocreate(m, bpf_program__type(chosen) == BPF_PROG_TYPE_STRUCT_OPS);
	bpf_program__set_autoload(chosen, true);
	unsigned flags = flags_of(bpf_object__btf(obj), program, extra, sizeof(extra));
	if (flags) bpf_program__set_flags(chosen, bpf_program__flags(chosen) | flags);
	rec_set = set; rec_object = name; rec_program = program; rec_extra = extra;
	int err = bpf_object__load(obj);
	rec_program = 0;
	if (!rec_count) {
		fprintf(rec_out, "{\"set\":\"%s\",\"object\":", set); rec_text(name, 200);
		fprintf(rec_out, ",\"program\":"); rec_text(program, 200);
		fprintf(rec_out, ",\"type\":%d,\"verdict\":\"environment\",\"errno\":%d,\"log\":", bpf_program__type(chosen), -err);
		rec_text(last_warning, 300);
		fprintf(rec_out, "}\n");
	}
	fflush(rec_out);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc < 4) return 2;
	char file[100];
	snprintf(file, sizeof(file), "%s.jsonl", argv[2]);
	rec_open(argv[1], file);
	libbpf_set_print(quiet);
	for (int i = 3; i < argc; i++) {
		char name[200];
		const char *slash = strrchr(argv[i], '/');
		snprintf(name, sizeof(name), "%s", slash ? slash + 1 : argv[i]);
		struct bpf_object *obj = bpf_object__open_file(argv[i], 0);
		struct bpf_program *p;
		if (!obj) { fprintf(stderr, "%s: not opened\n", name); continue; }
		bpf_object__for_each_program(p, obj) {
			fflush(rec_out);
			pid_t pid = fork();
			if (!pid) { alarm(120); one(argv[2], argv[i], name, bpf_program__name(p)); }
			int status;
			waitpid(pid, &status, 0);
			if (status) fprintf(stderr, "%s %s: status %x\n", name, bpf_program__name(p), status);
		}
		bpf_object__close(obj);
	}
	return 0;
}
