// Asks the running kernel, by loading two-instruction programs, which helpers each program type may call and which
// accesses to its context it may make. Prints text; probe.py turns it into tables. Static, so it also runs as a guest's init.
//   cc -O1 -static -o probe probe.c && ./probe helpers > out; ./probe context >> out; ./probe pointers >> out; ./probe returns >> out
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's own names, so that old headers do.
struct load_attr {
	uint32_t prog_type, insn_cnt;
	uint64_t insns, license;
	uint32_t log_level, log_size;
	uint64_t log_buf;
	uint32_t kern_version, prog_flags;
	char prog_name[16];
	uint32_t prog_ifindex, expected_attach_type, prog_btf_fd, func_info_rec_size;
	uint64_t func_info;
	uint32_t func_info_cnt, line_info_rec_size;
	uint64_t line_info;
	uint32_t line_info_cnt, attach_btf_id, attach_prog_fd, pad;
};

struct probe { const char *name; int type, attach, flags; int btf_kind; const char *btf_name; int r0; };

#define T 8   // typedef
#define F 12  // func
#define S 4   // struct
static const struct probe probes[] = {
	{ "SocketFilter", 1, 0 }, { "Kprobe", 2, 0 }, { "Kprobe:TraceKprobeMulti", 2, 42 }, { "Kprobe:TraceUprobeMulti", 2, 48 },
	{ "Kprobe:TraceKprobeSession", 2, 56 }, { "Kprobe:Sleepable", 2, 0, 16 },
	{ "SchedCls", 3, 0 }, { "SchedAct", 4, 0 }, { "Tracepoint", 5, 0 }, { "Xdp", 6, 0 }, { "Xdp:XdpDevmap", 6, 33 }, { "Xdp:XdpCpumap", 6, 35 },
	{ "PerfEvent", 7, 0 }, { "CgroupSkb:CgroupInetIngress", 8, 0 }, { "CgroupSkb:CgroupInetEgress", 8, 1 },
	{ "CgroupSock:CgroupInetSockCreate", 9, 2 }, { "CgroupSock:CgroupInetSockRelease", 9, 34 },
	{ "CgroupSock:CgroupInet4PostBind", 9, 12 }, { "CgroupSock:CgroupInet6PostBind", 9, 13 },
	{ "LwtIn", 10, 0 }, { "LwtOut", 11, 0 }, { "LwtXmit", 12, 0 }, { "SockOps", 13, 3 },
	{ "SkSkb:SkSkbStreamParser", 14, 4 }, { "SkSkb:SkSkbStreamVerdict", 14, 5 }, { "SkSkb:SkSkbVerdict", 14, 38 },
	{ "CgroupDevice", 15, 6 }, { "SkMsg", 16, 7 }, { "RawTracepoint", 17, 0 },
	{ "CgroupSockAddr:CgroupInet4Bind", 18, 8 }, { "CgroupSockAddr:CgroupInet6Bind", 18, 9 },
	{ "CgroupSockAddr:CgroupInet4Connect", 18, 10 }, { "CgroupSockAddr:CgroupInet6Connect", 18, 11 },
	{ "CgroupSockAddr:CgroupUdp4SendMsg", 18, 14 }, { "CgroupSockAddr:CgroupUdp6SendMsg", 18, 15 },
	{ "CgroupSockAddr:CgroupUdp4RecvMsg", 18, 19 }, { "CgroupSockAddr:CgroupUdp6RecvMsg", 18, 20 },
	{ "CgroupSockAddr:CgroupInet4GetPeerName", 18, 29 }, { "CgroupSockAddr:CgroupInet6GetPeerName", 18, 30 },
	{ "CgroupSockAddr:CgroupInet4GetSockName", 18, 31 }, { "CgroupSockAddr:CgroupInet6GetSockName", 18, 32 },
	{ "CgroupSockAddr:CgroupUnixConnect", 18, 49 }, { "CgroupSockAddr:CgroupUnixSendMsg", 18, 50 },
	{ "CgroupSockAddr:CgroupUnixRecvMsg", 18, 51 }, { "CgroupSockAddr:CgroupUnixGetPeerName", 18, 52 },
	{ "CgroupSockAddr:CgroupUnixGetSockName", 18, 53 },
	{ "LwtSeg6Local", 19, 0 }, { "LircMode2", 20, 16 }, { "SkReuseport:SkReuseportSelect", 21, 39 },
	{ "SkReuseport:SkReuseportSelectOrMigrate", 21, 40 }, { "FlowDissector", 22, 17 }, { "CgroupSysctl", 23, 18 },
	{ "RawTracepointWritable", 24, 0 }, { "CgroupSockopt:CgroupGetSockopt", 25, 21 }, { "CgroupSockopt:CgroupSetSockopt", 25, 22 },
	{ "Tracing:TraceRawTp", 26, 23, 0, T, "btf_trace_sched_switch" }, { "Tracing:TraceIter", 26, 28, 0, F, "bpf_iter_task" },
	{ "Tracing:TraceIterSleepable", 26, 28, 16, F, "bpf_iter_task" },
	{ "Tracing:TraceFentry", 26, 24, 0, F, "inet_bind" }, { "Tracing:TraceFexit", 26, 25, 0, F, "inet_bind" },
	{ "Tracing:TraceFentrySleepable", 26, 24, 16, F, "security_file_open" },
	{ "Tracing:ModifyReturn", 26, 26, 0, F, "security_file_open" },
	{ "StructOps:tcp_congestion_ops", 27, 4, 0, S, "tcp_congestion_ops" },
	{ "Lsm:LsmMac", 29, 27, 0, F, "bpf_lsm_file_open" }, { "Lsm:LsmMacSleepable", 29, 27, 16, F, "bpf_lsm_file_open" },
	{ "Lsm:LsmCgroup", 29, 43, 0, F, "bpf_lsm_socket_bind" },
	{ "SkLookup", 30, 36 }, { "Syscall", 31, 0, 16 }, { "Netfilter", 32, 45 },
};

struct insn { uint8_t code, regs; int16_t off; int32_t imm; };
static char log_text[1 << 16];

static uint8_t *btf;
static size_t btf_size;

static int btf_find(int kind, const char *name)
{
	if (!btf) {
		int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
		struct stat st;
		if (fd < 0 || fstat(fd, &st)) return -1;
		btf_size = st.st_size;
		btf = malloc(btf_size);
		size_t got = 0;
		while (got < btf_size) { ssize_t n = read(fd, btf + got, btf_size - got); if (n <= 0) return -1; got += n; }
		close(fd);
	}
	uint32_t *h = (uint32_t *)btf;
	uint8_t *types = btf + h[1] + h[2], *end = types + h[3], *str = btf + h[1] + h[4];
	int id = 1;
	for (uint8_t *p = types; p < end; id++) {
		uint32_t *t = (uint32_t *)p;
		int k = t[1] >> 24 & 31, n = t[1] & 0xffff;
		if (k == kind && !strcmp((char *)str + t[0], name)) return id;
		p += 12;
		switch (k) {
		case 1: case 14: case 17: p += 4; break;
		case 3: p += 12; break;
		case 4: case 5: case 15: case 19: p += 12 * n; break;
		case 6: case 13: p += 8 * n; break;
		}
	}
	return -1;
}

static int load(const struct probe *p, const struct insn *code, int n, int level)
{
	struct load_attr a;
	memset(&a, 0, sizeof(a));
	a.prog_type = p->type; a.insn_cnt = n; a.insns = (uintptr_t)code; a.license = (uintptr_t)"GPL";
	a.log_level = level; a.log_size = sizeof(log_text); a.log_buf = (uintptr_t)log_text;
	a.prog_flags = p->flags; a.expected_attach_type = p->attach;
	if (p->btf_kind) {
		static const struct probe *last; static int id;
		if (last != p) { last = p; id = btf_find(p->btf_kind, p->btf_name); }
		if (id < 0) { errno = ENOENT; log_text[0] = 0; return -1; }
		a.attach_btf_id = id;
	}
	log_text[0] = 0;
	int fd = syscall(__NR_bpf, BPF_PROG_LOAD, &a, sizeof(a));
	if (fd < 0 && errno == E2BIG) fd = syscall(__NR_bpf, BPF_PROG_LOAD, &a, 120);  // before attach_btf_id grew
	if (fd >= 0) close(fd);
	return fd;
}

static int usable(const struct probe *p)
{
	struct insn code[] = { { 0xb7, 0, 0, p->r0 }, { 0x95 } };
	if (load(p, code, 2, 1) >= 0) return 1;
	return strstr(log_text, "exit") || strstr(log_text, "R0 ") ? 1 : 0;
}

static void helpers(const struct probe *p)
{
	printf("helpers %s", p->name);
	for (int id = 1; id <= 211; id++) {
		struct insn code[] = { { 0x85, 0, 0, id }, { 0xb7, 0, 0, p->r0 }, { 0x95 } };
		int fd = load(p, code, 3, 1);
		if (fd < 0 && (!log_text[0] || strstr(log_text, "cannot use helper") || strstr(log_text, "unknown func") ||
			       strstr(log_text, "invalid func") || strstr(log_text, "not allowed in probe")))
			continue;
		printf(" %d", id);
	}
	printf("\n");
}

static void context(const struct probe *p, int limit)
{
	static const struct { int size, load, store; } widths[] = { { 1, 0x71, 0x73 }, { 2, 0x69, 0x6b }, { 4, 0x61, 0x63 }, { 8, 0x79, 0x7b } };
	printf("context %s", p->name);
	for (int w = 0; w < 4; w++)
		for (int off = 0; off < limit; off += widths[w].size) {
			struct insn read[] = { { widths[w].load, 0x12, off }, { 0xb7, 0, 0, p->r0 }, { 0x95 } };
			int fd = load(p, read, 3, 3);
			if (fd >= 0 || (log_text[0] && !strstr(log_text, "invalid bpf_context access") && !strstr(log_text, "isaligned"))) {
				char kind[64] = "scalar";
				char *r = strstr(log_text, "R2");
				if (r && (r = strchr(r, '='))) {
					int i = 0;
					for (r++; *r && *r != '(' && *r != ' ' && *r != '\n' && *r != ',' && i < 60; r++) kind[i++] = *r;
					kind[i] = 0;
				}
				printf(" r%d@%d:%s", widths[w].size, off, kind);
			}
			struct insn write[] = { { 0xb7, 2, 0, 0 }, { widths[w].store, 0x21, off }, { 0xb7, 0, 0, p->r0 }, { 0x95 } };
			fd = load(p, write, 4, 1);
			if (fd >= 0 || (log_text[0] && !strstr(log_text, "invalid bpf_context access") && !strstr(log_text, "isaligned") &&
					!strstr(log_text, "cannot write") && !strstr(log_text, "only read is supported")))
				printf(" w%d@%d", widths[w].size, off);
		}
	printf("\n");
}

// Accesses through socket pointers, taken in a tc program: the common part, the full socket, the TCP fields, flow keys.
static void pointers(void)
{
	static const struct probe cls = { "SchedCls", 3, 0 }, flow = { "FlowDissector", 22, 17 };
	static const struct insn common[] = { { 0x79, 0x11, 168 }, { 0x55, 1, 2 }, { 0xb7, 0, 0, 0 }, { 0x95 } };
	static const struct insn full[] = { { 0x79, 0x11, 168 }, { 0x55, 1, 2 }, { 0xb7, 0, 0, 0 }, { 0x95 }, { 0x85, 0, 0, 95 },
		{ 0x55, 0, 1 }, { 0x95 }, { 0xbf, 0x01 } };
	static const struct insn tcp[] = { { 0x79, 0x11, 168 }, { 0x55, 1, 2 }, { 0xb7, 0, 0, 0 }, { 0x95 }, { 0x85, 0, 0, 96 },
		{ 0x55, 0, 1 }, { 0x95 }, { 0xbf, 0x01 } };
	static const struct insn keys[] = { { 0x79, 0x11, 144 } };
	static const struct { const char *name; const struct probe *p; const struct insn *code; int n; } cases[] = {
		{ "SockCommon", &cls, common, 4 }, { "Socket", &cls, full, 8 }, { "TcpSocket", &cls, tcp, 8 }, { "FlowKeys", &flow, keys, 1 } };
	static const struct { int size, load, store; } widths[] = { { 1, 0x71, 0x73 }, { 2, 0x69, 0x6b }, { 4, 0x61, 0x63 }, { 8, 0x79, 0x7b } };
	for (int c = 0; c < 4; c++) {
		printf("context %s", cases[c].name);
		for (int w = 0; w < 4; w++)
			for (int off = 0; off < 200; off += widths[w].size)
				for (int store = 0; store < 2; store++) {
					struct insn code[16];
					int n = cases[c].n;
					memcpy(code, cases[c].code, n * sizeof(code[0]));
					if (store) code[n++] = (struct insn){ 0xb7, 2, 0, 0 };
					code[n++] = (struct insn){ store ? widths[w].store : widths[w].load, store ? 0x21 : 0x12, off };
					code[n++] = (struct insn){ 0xb7, 0, 0, 0 };
					code[n++] = (struct insn){ 0x95 };
					if (load(cases[c].p, code, n, 1) >= 0)
						store ? printf(" w%d@%d", widths[w].size, off) : printf(" r%d@%d:scalar", widths[w].size, off);
				}
		printf("\n");
	}
}

// Kernel functions (decl tag "bpf_kfunc" in the kernel's BTF) a program type may call.
static int kfunc_ids[1024], kfunc_count;
static const char *kfunc_names[1024];

static void find_kfuncs(void)
{
	if (btf_find(T, "?") == -1 && !btf) return;
	uint32_t *h = (uint32_t *)btf;
	uint8_t *types = btf + h[1] + h[2], *end = types + h[3], *str = btf + h[1] + h[4];
	uint8_t **at = calloc(1 << 20, sizeof(*at));
	int id = 1;
	for (uint8_t *p = types; p < end; id++) {
		uint32_t *t = (uint32_t *)p;
		int k = t[1] >> 24 & 31, n = t[1] & 0xffff;
		at[id] = p;
		if (k == 17 && (int)t[3] == -1 && !strcmp((char *)str + t[0], "bpf_kfunc") && kfunc_count < 1024)
			kfunc_ids[kfunc_count++] = t[2];
		p += 12;
		switch (k) {
		case 1: case 14: case 17: p += 4; break;
		case 3: p += 12; break;
		case 4: case 5: case 15: case 19: p += 12 * n; break;
		case 6: case 13: p += 8 * n; break;
		}
	}
	for (int i = 0; i < kfunc_count; i++) kfunc_names[i] = (char *)str + *(uint32_t *)at[kfunc_ids[i]];
	free(at);
}

static void kfuncs(const struct probe *p)
{
	if (!kfunc_count) find_kfuncs();
	printf("kfuncs %s", p->name);
	for (int i = 0; i < kfunc_count; i++) {
		struct insn code[] = { { 0x85, 0x20, 0, kfunc_ids[i] }, { 0xb7, 0, 0, p->r0 }, { 0x95 } };
		int fd = load(p, code, 3, 1);
		if (fd >= 0 || (log_text[0] && !strstr(log_text, "is not allowed") && !strstr(log_text, "not a kernel function")))
			printf(" %s", kfunc_names[i]);
	}
	printf("\n");
}

static void returns(const struct probe *p)
{
	struct insn code[] = { { 0x85, 0, 0, 7 }, { 0x95 } }; // get_prandom_u32: unknown number
	struct insn any[] = { { 0x79, 0x10, 0 }, { 0x95 } };
	int fd = load(p, code, 2, 1);
	char *r = fd < 0 ? strstr(log_text, "should have been in") : 0;
	if (fd < 0 && !r) {
		fd = load(p, any, 2, 1);
		r = fd < 0 ? strstr(log_text, "should have been in") : 0;
	}
	char line[128] = "any";
	if (r) { snprintf(line, sizeof(line), "%s", r + 20); line[strcspn(line, "\n")] = 0; }
	else if (fd < 0) { char *l = strrchr(log_text, 'R'); snprintf(line, sizeof(line), "? %s", l ? l : "no log"); line[strcspn(line, "\n")] = 0; }
	printf("returns %s %s\n", p->name, line);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "helpers";
	if (!strcmp(what, "pointers")) { pointers(); return 0; }
	for (unsigned i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		const struct probe *p = &probes[i];
		if (argc > 2 && strncmp(p->name, argv[2], strlen(argv[2]))) continue;
		if (!usable(p)) { printf("unusable %s errno %d %.200s\n", p->name, errno, log_text); continue; }
		if (!strcmp(what, "helpers")) helpers(p);
		else if (!strcmp(what, "returns")) returns(p);
		else if (!strcmp(what, "kfuncs")) kfuncs(p);
		else if (p->type != 26 && p->type != 27 && p->type != 29) context(p, 260);
		fflush(stdout);
	}
	return 0;
}
