// An XDP layer-4 load balancer: TCP to the service address is spread over backends by a lookup table indexed with a hash of
// the connection, so that all packets of a connection meet the same backend. The destination is rewritten, checksums too.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define TABLE_SIZE 251

struct backend {
    __u32 address;
    __u8 mac[6];
    __u16 unused;
    __u64 packets;
    __u64 bytes;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, struct backend);
} backends SEC(".maps");

// Which backend serves which slot of the hash: filled by user space (Maglev), here read only.
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, TABLE_SIZE);
    __type(key, __u32);
    __type(value, __u32);
} table SEC(".maps");

// Set before load: the service's address and port, in network order.
const volatile __u32 service_address;
const volatile __u16 service_port;

static __always_inline __u32 mix(__u32 hash, __u32 value)
{
    hash ^= value;
    hash *= 0x9e3779b1;
    return hash ^ hash >> 15;
}

static __always_inline __u16 fold(__u32 sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

// One's complement: replaces a 32-bit field in a checksum (RFC 1624).
static __always_inline __u16 replace(__u16 checksum, __u32 old, __u32 new)
{
    __u32 sum = (__u16)~checksum;
    sum += (__u16)~old + (__u16)(~old >> 16);
    sum += (__u16)new + (new >> 16);
    return fold(sum);
}

SEC("xdp")
int balance(struct xdp_md *ctx)
{
    void *data = (void *)(long)ctx->data;
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = data;
    struct iphdr *ip = (void *)(eth + 1);
    struct tcphdr *tcp = (void *)(ip + 1);
    if ((void *)(tcp + 1) > end)
        return XDP_PASS;
    if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
        return XDP_PASS;
    if (ip->daddr != service_address || tcp->dest != service_port)
        return XDP_PASS;

    __u32 hash = mix(mix(0x811c9dc5, ip->saddr), (__u32)tcp->source << 16 | tcp->dest);
    __u32 slot = hash % TABLE_SIZE;
    __u32 *index = bpf_map_lookup_elem(&table, &slot);
    if (!index)
        return XDP_ABORTED;
    struct backend *backend = bpf_map_lookup_elem(&backends, index);
    if (!backend || !backend->address)
        return XDP_DROP;

    __sync_fetch_and_add(&backend->packets, 1);
    __sync_fetch_and_add(&backend->bytes, end - data);
    ip->check = replace(ip->check, ip->daddr, backend->address);
    tcp->check = replace(tcp->check, ip->daddr, backend->address);
    ip->daddr = backend->address;
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, backend->mac, ETH_ALEN);
    return XDP_TX;
}
