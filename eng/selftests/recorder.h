// Records what the kernel is given and what it answers: every bpf(2) call of the process passes __wrap_syscall
// (link with -Wl,--wrap=syscall). A program load becomes one JSON line: instructions (map and kernel references by
// index), maps, types, verdict, log, cost.
#pragma once
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FD 4096
struct rec_map { int used, frozen, has_inner; union bpf_attr attr; char btf[24], inner_btf[24]; union bpf_attr inner; unsigned char *data; };
static struct rec_map rec_maps[MAX_FD];
static char rec_btf[MAX_FD][24];
static const char *rec_dir, *rec_set, *rec_object, *rec_program, *rec_extra = "";
static FILE *rec_out;
static struct btf *rec_vmlinux;
static int rec_count, rec_unnamed;
static const void *rec_log_mark; // unnamed loads: only those with this log buffer
static char rec_log[1 << 20];

long __real_syscall(long nr, ...);

static void rec_text(const char *s, size_t n)
{
	fputc('"', rec_out);
	for (size_t i = 0; i < n && s[i]; i++) {
		unsigned char c = s[i];
		if (c == '"' || c == '\\') fprintf(rec_out, "\\%c", c);
		else if (c < 32 || c > 126) fprintf(rec_out, "\\u%04x", c);
		else fputc(c, rec_out);
	}
	fputc('"', rec_out);
}

static void rec_hex(const void *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;
	fputc('"', rec_out);
	for (size_t i = 0; i < n; i++) { fputc(digits[p[i] >> 4], rec_out); fputc(digits[p[i] & 15], rec_out); }
	fputc('"', rec_out);
}

static void rec_blob(char name[24], const void *data, size_t n)
{
	uint64_t h = 14695981039346656037ull;
	for (size_t i = 0; i < n; i++) h = (h ^ ((const unsigned char *)data)[i]) * 1099511628211ull;
	snprintf(name, 24, "%016llx", (unsigned long long)h);
	char path[600];
	snprintf(path, sizeof(path), "%s/btf/%s.btf", rec_dir, name);
	if (access(path, F_OK)) {
		FILE *f = fopen(path, "wb");
		if (f) { fwrite(data, 1, n, f); fclose(f); }
	}
}

static int rec_known(int fd) { return fd >= 0 && fd < MAX_FD && rec_maps[fd].used; }

static void rec_map_shape(const union bpf_attr *a, const char *btf, int frozen, const unsigned char *data)
{
	fprintf(rec_out, "\"type\":%u,\"key\":%u,\"value\":%u,\"max\":%u,\"flags\":%u,\"extra\":%llu,\"keyType\":%u,\"valueType\":%u,\"vmlinuxType\":%u,\"frozen\":%d,\"name\":",
		a->map_type, a->key_size, a->value_size, a->max_entries, a->map_flags, (unsigned long long)a->map_extra,
		a->btf_key_type_id, a->btf_value_type_id, a->btf_vmlinux_value_type_id, frozen);
	rec_text(a->map_name, sizeof(a->map_name));
	if (btf && btf[0]) fprintf(rec_out, ",\"btf\":\"%s\"", btf);
	if (data) { fprintf(rec_out, ",\"data\":"); rec_hex(data, a->value_size); }
}

// Loads once more as somebody with CAP_BPF and CAP_NET_ADMIN alone: pointers may not leak then.
static char rec_strict_log[1 << 16];

static int rec_strict(union bpf_attr *a)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct before[2], few[2];
	if (__real_syscall(__NR_capget, &header, before)) return -1;
	memcpy(few, before, sizeof(few));
	few[0].effective = 1u << CAP_NET_ADMIN;
	few[1].effective = 1u << (39 - 32); // CAP_BPF
	if (__real_syscall(__NR_capset, &header, few)) return -1;
	// The verdict without a log: one that does not fit its buffer hides the verdict behind ENOSPC.
	a->log_level = 0; a->log_buf = 0; a->log_size = 0; rec_strict_log[0] = 0;
	int fd = __real_syscall(__NR_bpf, BPF_PROG_LOAD, a, sizeof(*a));
	int err = fd < 0 ? errno : 0;
	if (fd >= 0) close(fd);
	if (err) {
		a->log_level = 1; a->log_buf = (uintptr_t)rec_strict_log; a->log_size = sizeof(rec_strict_log);
		int again = __real_syscall(__NR_bpf, BPF_PROG_LOAD, a, sizeof(*a));
		if (again >= 0) close(again);
	}
	__real_syscall(__NR_capset, &header, before);
	return err;
}

static void rec_load(union bpf_attr *given, unsigned size)
{
	union bpf_attr a;
	memset(&a, 0, sizeof(a));
	memcpy(&a, given, size < sizeof(a) ? size : sizeof(a));
	uint32_t n = a.insn_cnt;
	struct bpf_insn *code = malloc((size_t)n * sizeof(*code));
	memcpy(code, (void *)(uintptr_t)a.insns, (size_t)n * sizeof(*code));

	// The verdict and the time first, without a trace; then, if refused, once more with one.
	a.log_level = 4; a.log_buf = (uintptr_t)rec_log; a.log_size = sizeof(rec_log); rec_log[0] = 0;
	int fd = __real_syscall(__NR_bpf, BPF_PROG_LOAD, &a, sizeof(a));
	int err = fd < 0 ? errno : 0;
	if (fd >= 0) close(fd);
	long long ns = -1, processed = -1; char *s;
	if ((s = strstr(rec_log, "verification time "))) ns = strtoll(s + 18, 0, 10);
	if ((s = strstr(rec_log, "processed "))) processed = strtoll(s + 10, 0, 10);
	if (fd < 0) {
		a.log_level = 1; rec_log[0] = 0;
		int again = __real_syscall(__NR_bpf, BPF_PROG_LOAD, &a, sizeof(a));
		if (again >= 0) close(again);
	}

	int strict = fd >= 0 && processed < 200000 ? rec_strict(&a) : -1;

	int fds[256], nfds = 0; struct { int kind, id; } ext[512]; int next = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct bpf_insn *in = &code[i];
		if (in->code == 0x18 && (in->src_reg == 1 || in->src_reg == 2 || in->src_reg == 5 || in->src_reg == 6)) {
			int f = in->imm, k;
			if (in->src_reg >= 5) { f = a.fd_array ? ((int *)(uintptr_t)a.fd_array)[in->imm] : -1; in->src_reg -= 4; }
			for (k = 0; k < nfds && fds[k] != f; k++) ;
			if (k == nfds && nfds < 256) fds[nfds++] = f;
			in->imm = k; in->src_reg += 4; i++;
		} else if ((in->code == 0x18 && in->src_reg == 3) || (in->code == 0x85 && in->src_reg == 2)) {
			int kind = in->code == 0x85, k;
			for (k = 0; k < next && (ext[k].kind != kind || ext[k].id != in->imm); k++) ;
			if (k == next && next < 512) { ext[next].kind = kind; ext[next++].id = in->imm; }
			in->imm = k; in->off = 0; i += !kind;
		} else if (in->code == 0x18) i++;
	}

	const char *verdict = fd >= 0 ? "accept" : err == EPERM && !rec_log[0] ? "blocked" : rec_log[0] ? "reject" : "error";
	fprintf(rec_out, "{\"set\":\"%s\",\"object\":", rec_set); rec_text(rec_object, 200);
	fprintf(rec_out, ",\"program\":"); rec_text(rec_program, 300);
	fprintf(rec_out, ",\"type\":%u,\"attach\":%u,\"flags\":%u,\"license\":", a.prog_type, a.expected_attach_type, a.prog_flags);
	rec_text((char *)(uintptr_t)a.license, 64);
	if (a.attach_btf_id && rec_vmlinux && !a.attach_prog_fd) {
		const struct btf_type *t = btf__type_by_id(rec_vmlinux, a.attach_btf_id);
		if (t) { fprintf(rec_out, ",\"attachBtf\":"); rec_text(btf__name_by_offset(rec_vmlinux, t->name_off), 200); }
		if (t && a.prog_type == BPF_PROG_TYPE_STRUCT_OPS && a.expected_attach_type < btf_vlen(t)) {
			fprintf(rec_out, ",\"member\":");
			rec_text(btf__name_by_offset(rec_vmlinux, btf_members(t)[a.expected_attach_type].name_off), 200);
		}
	}
	fprintf(rec_out, "%s,\"verdict\":\"%s\",\"errno\":%d,\"ns\":%lld,\"processed\":%lld,\"insns\":", rec_extra, verdict, err, ns * 1000, processed);
	rec_hex(code, (size_t)n * sizeof(*code));
	if (a.prog_btf_fd && a.prog_btf_fd < MAX_FD && rec_btf[a.prog_btf_fd][0]) fprintf(rec_out, ",\"btf\":\"%s\"", rec_btf[a.prog_btf_fd]);
	fprintf(rec_out, ",\"funcs\":[");
	for (uint32_t i = 0; i < a.func_info_cnt; i++) {
		uint32_t *f = (uint32_t *)((char *)(uintptr_t)a.func_info + (size_t)i * a.func_info_rec_size);
		fprintf(rec_out, "%s[%u,%u]", i ? "," : "", f[0], f[1]);
	}
	fprintf(rec_out, "],\"lines\":");
	uint32_t *lines = malloc((size_t)a.line_info_cnt * 16 + 16);
	for (uint32_t i = 0; i < a.line_info_cnt; i++)
		memcpy(lines + i * 4, (char *)(uintptr_t)a.line_info + (size_t)i * a.line_info_rec_size, 16);
	rec_hex(lines, (size_t)a.line_info_cnt * 16);
	free(lines);
	fprintf(rec_out, ",\"maps\":[");
	for (int i = 0; i < nfds; i++) {
		fprintf(rec_out, "%s{", i ? "," : "");
		if (rec_known(fds[i])) {
			struct rec_map *m = &rec_maps[fds[i]];
			rec_map_shape(&m->attr, m->btf, m->frozen, m->data);
			if (m->has_inner) { fprintf(rec_out, ",\"inner\":{"); rec_map_shape(&m->inner, m->inner_btf, 0, 0); fprintf(rec_out, "}"); }
		}
		fprintf(rec_out, "}");
	}
	fprintf(rec_out, "],\"externs\":[");
	for (int i = 0; i < next; i++) {
		const struct btf_type *t = rec_vmlinux ? btf__type_by_id(rec_vmlinux, ext[i].id) : 0;
		fprintf(rec_out, "%s{\"function\":%d,\"id\":%d,\"name\":", i ? "," : "", ext[i].kind, ext[i].id);
		rec_text(t ? btf__name_by_offset(rec_vmlinux, t->name_off) : "", 200);
		fprintf(rec_out, "}");
	}
	fprintf(rec_out, "],\"log\":");
	size_t len = strlen(rec_log);
	const char *tail = rec_log + (len > 6000 ? len - 6000 : 0);
	rec_text(fd >= 0 ? "" : tail, 6000);
	if (strict >= 0) {
		size_t length = strlen(rec_strict_log);
		fprintf(rec_out, ",\"strict\":\"%s\",\"strictLog\":", !strict ? "accept" : strict == EPERM && !length ? "blocked" : "reject");
		rec_text(strict ? rec_strict_log + (length > 1500 ? length - 1500 : 0) : "", 1500);
	}
	fprintf(rec_out, "}\n");
	free(code);
	rec_count++;
}

long __wrap_syscall(long nr, ...)
{
	va_list ap;
	va_start(ap, nr);
	long a1 = va_arg(ap, long), a2 = va_arg(ap, long), a3 = va_arg(ap, long), a4 = va_arg(ap, long), a5 = va_arg(ap, long), a6 = va_arg(ap, long);
	va_end(ap);
	if (nr == __NR_bpf && a1 == BPF_PROG_LOAD && rec_program) {
		int saved = errno;
		union bpf_attr *a = (void *)a2;
		// Not the loader's own feature probes, and not its second try with a log.
		if ((rec_unnamed && (const void *)(uintptr_t)a->log_buf == rec_log_mark) || (!rec_count && a->prog_name[0] && !strncmp(a->prog_name, rec_program, 15))) rec_load(a, a3);
		errno = saved;
	}
	long r = __real_syscall(nr, a1, a2, a3, a4, a5, a6);
	int saved = errno;
	if (nr == __NR_dup3 && r >= 0 && a1 < MAX_FD && a2 < MAX_FD) { rec_maps[a2] = rec_maps[a1]; memcpy(rec_btf[a2], rec_btf[a1], 24); }
	if (nr == __NR_bpf && r >= 0) {
		union bpf_attr *a = (void *)a2;
		if (a1 == BPF_BTF_LOAD && r < MAX_FD) rec_blob(rec_btf[r], (void *)(uintptr_t)a->btf, a->btf_size);
		else if (a1 == BPF_MAP_CREATE && r < MAX_FD) {
			struct rec_map *m = &rec_maps[r];
			memset(m, 0, sizeof(*m));
			memcpy(&m->attr, a, (size_t)a3 < sizeof(m->attr) ? (size_t)a3 : sizeof(m->attr));
			m->used = 1;
			if (m->attr.btf_fd && m->attr.btf_fd < MAX_FD) memcpy(m->btf, rec_btf[m->attr.btf_fd], 24);
			if (m->attr.inner_map_fd && rec_known(m->attr.inner_map_fd)) {
				m->has_inner = 1; m->inner = rec_maps[m->attr.inner_map_fd].attr;
				memcpy(m->inner_btf, rec_maps[m->attr.inner_map_fd].btf, 24);
			}
		} else if (a1 == BPF_MAP_UPDATE_ELEM && rec_known(a->map_fd) && rec_maps[a->map_fd].attr.max_entries == 1 &&
			   rec_maps[a->map_fd].attr.map_type == BPF_MAP_TYPE_ARRAY && rec_maps[a->map_fd].attr.value_size <= 1 << 20) {
			struct rec_map *m = &rec_maps[a->map_fd];
			m->data = malloc(m->attr.value_size);
			memcpy(m->data, (void *)(uintptr_t)a->value, m->attr.value_size);
		} else if (a1 == BPF_MAP_FREEZE && rec_known(a->map_fd)) rec_maps[a->map_fd].frozen = 1;
	}
	errno = saved;
	return r;
}

static void rec_open(const char *dir, const char *file)
{
	char path[600];
	rec_dir = dir;
	snprintf(path, sizeof(path), "%s/btf", dir);
	mkdir(dir, 0755); mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	rec_out = fopen(path, "a");
	if (!rec_out) { perror(path); exit(1); }
	rec_vmlinux = btf__load_vmlinux_btf();
}
