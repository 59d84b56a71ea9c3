// First process of a guest: loads every program of /cases.txt (written by "judge cases --dump") and prints the verdicts.
//   cc -O1 -static -o init init.c
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static char text[1 << 20], logs[1 << 18];
static uint64_t code[1 << 16];
static unsigned char blob[1 << 16], *types;
static uint32_t types_size;

struct map_attr {
	uint32_t type, key, value, max, flags, inner, numa; char name[16]; uint32_t ifindex, btf, key_type, value_type, pad[2];
	uint64_t extra;
};
struct elem_attr { uint32_t fd, pad; uint64_t key, value, flags; };
struct btf_attr { uint64_t btf, log; uint32_t size, log_size, log_level; };
struct load_attr {
	uint32_t type, count; uint64_t insns, license; uint32_t log_level, log_size; uint64_t log_buf;
	uint32_t version, flags; char name[16]; uint32_t ifindex, attach, btf, func_size; uint64_t funcs; uint32_t func_count, line_size;
	uint64_t lines; uint32_t line_count, target, target_prog, pad;
};

static int sys_bpf(int cmd, void *attr, int size) { return syscall(__NR_bpf, cmd, attr, size); }

static int make_map(uint32_t type, uint32_t key, uint32_t value, uint32_t max, uint32_t flags, int inner, int btf, uint32_t kt, uint32_t vt)
{
	struct map_attr a = { type, key, value, max, flags, inner > 0 ? inner : 0 };
	if (btf > 0 && vt) { a.btf = btf; a.key_type = kt; a.value_type = vt; }
	return sys_bpf(0, &a, btf > 0 && vt ? 64 : 48);
}

static void read_types(void)
{
	int fd;
	struct stat st;
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, 0);
	fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) return;
	types = malloc(st.st_size);
	for (int n; (n = read(fd, types + types_size, st.st_size - types_size)) > 0;) types_size += n;
	close(fd);
}

// Id of a kernel type; 0 if there is none.
static uint32_t find_type(const char *name, unsigned kind)
{
	struct btf_header *h = (void *)types;
	if (!types) return 0;
	unsigned char *at = types + h->hdr_len + h->type_off, *end = at + h->type_len;
	char *strings = (char *)types + h->hdr_len + h->str_off;
	for (uint32_t id = 1; at < end; id++) {
		struct btf_type *t = (void *)at;
		unsigned k = t->info >> 24 & 31, n = t->info & 0xffff;
		if (k == kind && !strcmp(strings + t->name_off, name)) return id;
		at += 12;
		if (k == 1 || k == 14 || k == 17) at += 4;
		else if (k == 3) at += 12;
		else if (k == 4 || k == 5 || k == 15 || k == 19) at += 12 * n;
		else if (k == 6 || k == 13) at += 8 * n;
	}
	return 0;
}

static uint32_t find_target(unsigned attach, const char *target)
{
	char name[128];
	snprintf(name, sizeof(name), "%s%s", attach == 23 ? "btf_trace_" : attach == 27 ? "bpf_lsm_" : attach == 28 ? "bpf_iter_" : "", target);
	return find_type(name, attach == 23 ? 8 : 12);
}

int main(void)
{
	struct utsname name;
	FILE *f = fopen("/cases.txt", "r");
	struct rlimit locked = { RLIM_INFINITY, RLIM_INFINITY };
	setrlimit(RLIMIT_MEMLOCK, &locked); // what maps count against, before 5.11
	uname(&name);
	read_types();
	printf("\nkernel %s\n", name.release);
	while (f && fgets(text, sizeof(text), f)) {
		unsigned number, type, attach, flags, slots, maps = 0, externs = 0, funcs = 0;
		char license[16], target[64], why[64] = "";
		static uint32_t functions[64][2];
		uint32_t ids[64] = { 0 };
		int fds[32], btf = -1;
		if (sscanf(text, "case %u %u %u %u %15s %u %63s", &number, &type, &attach, &flags, license, &slots, target) != 7) continue;
		while (fgets(text, sizeof(text), f) && strncmp(text, "code", 4)) {
			unsigned t, k, v, m, fl, frozen, inner, kt, vt;
			int inner_fd = 0;
			if (!strncmp(text, "btf ", 4)) {
				unsigned n = 0;
				for (char *p = text + 4; sscanf(p, "%2x", &t) == 1; p += 2) blob[n++] = t;
				struct btf_attr b = { (uintptr_t)blob, 0, n, 0, 0 };
				btf = sys_bpf(18, &b, sizeof(b));
				if (btf < 0) snprintf(why, sizeof(why), "btf %d", errno);
			} else if (!strncmp(text, "extern ", 7)) {
				text[strcspn(text, "\n")] = 0;
				ids[externs++] = find_type(text + 7, 12);
			} else if (sscanf(text, "func %u %u", &t, &k) == 2) {
				functions[funcs][0] = t;
				functions[funcs++][1] = k;
			} else if (sscanf(text, "map %u %u %u %u %u %u %u %u %u", &t, &k, &v, &m, &fl, &frozen, &inner, &kt, &vt) == 9) {
				if (inner) inner_fd = make_map(2, 4, 8, 4, 0, 0, 0, 0, 0);
				fds[maps] = make_map(t, k, v, m, fl, inner_fd, btf, kt, vt);
				if (inner_fd > 0) close(inner_fd);
				if (fds[maps] < 0) snprintf(why, sizeof(why), "map type %u %d", t, errno);
				if (fds[maps] >= 0 && frozen) {
					uint32_t key = 0; unsigned char data[4096];
					for (unsigned b = 0; b < v; b++) data[b] = b % 8 ? 0 : 8;
					struct elem_attr e = { fds[maps], 0, (uintptr_t)&key, (uintptr_t)data, 0 };
					sys_bpf(2, &e, sizeof(e));
					sys_bpf(22, &fds[maps], 4);
				}
				maps++;
			}
		}
		char *p = text + 4;
		for (unsigned i = 0; i < slots; i++) code[i] = strtoull(p, &p, 16);
		for (unsigned i = 0; i < slots; i++) {
			unsigned op = code[i] & 0xff, src = code[i] >> 12 & 15;
			if (op == 0x85 && src == 2) {
				unsigned index = code[i] >> 32;
				code[i] = (code[i] & 0xffffffff) | (uint64_t)(index < externs ? ids[index] : 0) << 32;
			}
			if (op != 0x18) continue;
			if (src == 5 || src == 6) {
				unsigned index = code[i] >> 32;
				code[i] = (code[i] & 0xffff0fff) | (uint64_t)(src - 4) << 12 | (uint64_t)(uint32_t)(index < maps ? fds[index] : -1) << 32;
			}
			i++;
		}
		struct load_attr a;
		memset(&a, 0, sizeof(a));
		a.type = type; a.count = slots; a.insns = (uintptr_t)code; a.license = (uintptr_t)(license[0] == '-' ? "" : license);
		a.log_level = 1; a.log_size = sizeof(logs); a.log_buf = (uintptr_t)logs; a.flags = flags; a.attach = attach;
		if (btf > 0) {
			a.btf = btf;
			if (funcs) { a.func_size = 8; a.funcs = (uintptr_t)functions; a.func_count = funcs; }
		}
		if (strcmp(target, "-")) {
			a.target = find_target(attach, target);
			if (!a.target) snprintf(why, sizeof(why), "target %.40s", target);
		}
		int size = strcmp(target, "-") ? sizeof(a) - 4 : btf > 0 ? 96 : 72;
		logs[0] = 0;
		int fd = sys_bpf(5, &a, size), err = errno;
		if (fd < 0 && err == ENOSPC) { a.log_level = 0; a.log_size = 0; a.log_buf = 0; fd = sys_bpf(5, &a, size); } // the log was too long
		printf("verdict %u %s %d %s\n", number, fd >= 0 ? "accept" : why[0] ? "missing" : logs[0] ? "reject" : "refused", fd >= 0 ? 0 : err, why);
		if (fd < 0) {
			size_t length = strlen(logs);
			char *tail = logs + (length > 500 ? length - 500 : 0), *line = strtok(tail, "\n");
			for (; line; line = strtok(0, "\n")) printf("| %s\n", line);
		}
		if (fd >= 0) close(fd);
		if (btf >= 0) close(btf);
		for (unsigned i = 0; i < maps; i++) if (fds[i] >= 0) close(fds[i]);
	}
	printf("DONE\n");
	fflush(stdout);
	if (getpid() == 1) { sync(); reboot(RB_POWER_OFF); }
	return 0;
}
