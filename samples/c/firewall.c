// An XDP firewall: drops blocked sources and unknown TCP/UDP ports, counts every verdict and who talks most,
// and reports each drop through a ring buffer.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum reason { REASON_PASSED, REASON_BLOCKED_SOURCE, REASON_CLOSED_PORT, REASON_MALFORMED, REASON_COUNT };

struct talker {
    __u64 packets;
    __u64 bytes;
};

struct drop {
    __u64 time_ns;
    __u32 source;
    __u16 port;
    __u8 protocol;
    __u8 reason;
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct { __u32 prefix; __u32 address; });
    __type(value, __u64);
} blocked SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 256);
    __type(key, __u16);
    __type(value, __u64);
} open_ports SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, REASON_COUNT);
    __type(key, __u32);
    __type(value, __u64);
} verdicts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, __u32);
    __type(value, struct talker);
} talkers SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 16);
} drops SEC(".maps");

// Set before load: whether a port that is not in open_ports is closed.
const volatile __u8 closed_by_default = 1;

__u64 bytes_seen;

static __always_inline void count(enum reason reason)
{
    __u32 key = reason;
    __u64 *counter = bpf_map_lookup_elem(&verdicts, &key);
    if (counter)
        (*counter)++;
}

static __always_inline void note_talker(__u32 source, __u64 bytes)
{
    struct talker *talker = bpf_map_lookup_elem(&talkers, &source);
    if (talker) {
        __sync_fetch_and_add(&talker->packets, 1);
        __sync_fetch_and_add(&talker->bytes, bytes);
        return;
    }
    struct talker first = { .packets = 1, .bytes = bytes };
    bpf_map_update_elem(&talkers, &source, &first, BPF_NOEXIST);
}

static __noinline int refuse(__u32 source, __u16 port, __u8 protocol, __u8 reason)
{
    count(reason);
    struct drop *drop = bpf_ringbuf_reserve(&drops, sizeof(*drop), 0);
    if (!drop)
        return XDP_DROP;
    drop->time_ns = bpf_ktime_get_ns();
    drop->source = source;
    drop->port = port;
    drop->protocol = protocol;
    drop->reason = reason;
    bpf_ringbuf_submit(drop, 0);
    return XDP_DROP;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
    void *data = (void *)(long)ctx->data;
    void *end = (void *)(long)ctx->data_end;
    __u64 bytes = end - data;
    __sync_fetch_and_add(&bytes_seen, bytes);

    struct ethhdr *eth = data;
    if ((void *)(eth + 1) > end)
        return refuse(0, 0, 0, REASON_MALFORMED);
    if (eth->h_proto != bpf_htons(ETH_P_IP)) {
        count(REASON_PASSED);
        return XDP_PASS;
    }

    struct iphdr *ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
        return refuse(0, 0, 0, REASON_MALFORMED);
    note_talker(ip->saddr, bytes);

    struct { __u32 prefix; __u32 address; } key = { 32, ip->saddr };
    __u64 *hits = bpf_map_lookup_elem(&blocked, &key);
    if (hits) {
        __sync_fetch_and_add(hits, 1);
        return refuse(ip->saddr, 0, ip->protocol, REASON_BLOCKED_SOURCE);
    }

    __u16 port = 0;
    void *transport = (void *)ip + ip->ihl * 4;
    if (ip->protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = transport;
        if ((void *)(tcp + 1) > end)
            return refuse(ip->saddr, 0, ip->protocol, REASON_MALFORMED);
        // Only new connections are judged by port: what was let in may answer.
        if (!tcp->syn || tcp->ack) {
            count(REASON_PASSED);
            return XDP_PASS;
        }
        port = bpf_ntohs(tcp->dest);
    } else if (ip->protocol == IPPROTO_UDP) {
        struct udphdr *udp = transport;
        if ((void *)(udp + 1) > end)
            return refuse(ip->saddr, 0, ip->protocol, REASON_MALFORMED);
        port = bpf_ntohs(udp->dest);
    } else {
        count(REASON_PASSED);
        return XDP_PASS;
    }

    __u64 *uses = bpf_map_lookup_elem(&open_ports, &port);
    if (uses)
        __sync_fetch_and_add(uses, 1);
    else if (closed_by_default)
        return refuse(ip->saddr, port, ip->protocol, REASON_CLOSED_PORT);
    count(REASON_PASSED);
    return XDP_PASS;
}
