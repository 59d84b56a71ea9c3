/* Socket buffers: tc, socket filters and cgroup programs. */
#include "bpf.h"
LICENSE;

struct { UINT(type, ARRAY); UINT(max_entries, 16); TYPE(key, u32); TYPE(value, u64); } notes SEC(".maps");

INLINE void note(u32 index, u64 value) { map_update(&notes, &index, &value, ANY); }

SEC("tc") int tc_fields(struct __sk_buff *skb)
{
    note(0, skb->len);
    note(1, skb->protocol);
    note(2, skb->mark);
    note(3, skb->ifindex);
    note(4, skb->ingress_ifindex);
    note(5, skb->pkt_type);
    note(6, skb->priority);
    note(7, skb->vlan_present);
    note(8, skb->vlan_tci);
    note(9, skb->queue_mapping);
    note(10, skb->wire_len);
    note(11, skb->gso_segs);
    note(12, skb->hash);
    note(13, skb->tc_index);
    note(14, distance((void *)(long)skb->data, (void *)(long)skb->data_end));
    note(15, distance((void *)(long)skb->data_meta, (void *)(long)skb->data));
    return (int)(skb->len + skb->protocol * 3 + skb->ifindex * 1000 + skb->ingress_ifindex * 3000 + skb->pkt_type * 100000
        + skb->wire_len * 7 + skb->gso_segs * 13 + skb->queue_mapping * 17 + skb->hash + skb->mark * 5);
}

SEC("tc") int tc_writes(struct __sk_buff *skb)
{
    skb->mark = skb->len * 3;
    skb->priority = 7;
    skb->cb[0] = 1;
    skb->cb[4] = skb->cb[0] + skb->mark;
    skb->tc_index = 9;
    return (int)(skb->cb[4] + skb->tc_index);
}

SEC("tc") int tc_load_bytes(struct __sk_buff *skb)
{
    u8 buffer[16] = {};
    long a = skb_load_bytes(skb, 12, buffer, 2);
    long b = skb_load_bytes(skb, skb->len - 2, buffer + 8, 8);
    long c = skb_load_bytes_relative(skb, 0, buffer, 4, 1);
    long d = skb_load_bytes_relative(skb, 0, buffer + 4, 4, 0);
    note(0, *(u64 *)buffer);
    note(1, *(u64 *)(buffer + 8));
    return (int)(a * 1000 + b * 100 + c * 10 + d);
}

SEC("tc") int tc_store_bytes(struct __sk_buff *skb)
{
    u8 mac[6] = { 2, 4, 6, 8, 10, 12 };
    long a = skb_store_bytes(skb, 0, mac, 6, 0);
    long b = skb_store_bytes(skb, skb->len - 3, mac, 6, 0);
    long c = skb_store_bytes(skb, 6, mac, 6, 1);
    long d = skb_store_bytes(skb, 6, mac, 6, 99);
    return (int)(a * 1000 + b * 100 + c * 10 + d);
}

SEC("tc") int tc_nat(struct __sk_buff *skb)
{
    struct view v = skb_view(skb);
    struct ipv4 *ip = ipv4_of(v);
    if (!ip || ip->ihl_version != 0x45 || (ip->protocol != 17 && ip->protocol != 6))
        return 0;
    u32 from = ip->src, to = htonl(0xc0a80001);
    u32 check = ip->protocol == 17 ? 14 + 20 + 6 : 14 + 20 + 16;
    u64 flags = 0x10 | 4 | (ip->protocol == 17 ? 0x20 : 0);
    long a = l4_csum_replace(skb, check, from, to, flags);
    long b = l3_csum_replace(skb, 14 + 10, from, to, 4);
    long c = skb_store_bytes(skb, 14 + 12, &to, 4, 0);
    u16 port = htons(4242), old = 0;
    long d = skb_load_bytes(skb, 14 + 20, &old, 2);
    long e = l4_csum_replace(skb, check, old, port, 2 | (flags & 0x20));
    long f = skb_store_bytes(skb, 14 + 20, &port, 2, 0);
    return (int)(a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13);
}

SEC("tc") int tc_checksum_difference(struct __sk_buff *skb)
{
    struct ipv4 *ip = ipv4_of(skb_view(skb));
    if (!ip)
        return 0;
    u32 from = ip->dst, to = htonl(0x01020304);
    s64 sum = csum_diff(&from, 4, &to, 4, 0);
    long a = l3_csum_replace(skb, 14 + 10, 0, (u64)sum, 0);
    long b = l3_csum_replace(skb, 14 + 10, 1, (u64)sum, 0);
    long c = l3_csum_replace(skb, 14 + 11, 0, (u64)sum, 0);
    long d = l3_csum_replace(skb, 60000, 0, (u64)sum, 0);
    return (int)(a * 1000 + b * 100 + c * 10 + d + (sum & 0xffff));
}

SEC("tc") int tc_change_tail(struct __sk_buff *skb)
{
    u32 length = skb->len;
    long a = change_tail(skb, length + 30, 0);
    long b = change_tail(skb, length - 1, 0);
    long c = change_tail(skb, 2, 0);
    long d = change_tail(skb, length, 1);
    return (int)(a * 1000 + b * 100 + c * 10 + d + skb->len);
}

SEC("tc") int tc_change_head(struct __sk_buff *skb)
{
    long a = change_head(skb, 14, 0);
    struct view v = skb_view(skb);
    if (v.data + 14 > v.end)
        return -1;
    __builtin_memset(v.data, 0x77, 6);
    return (int)(a * 100000 + skb->len);
}

SEC("tc") int tc_adjust_room(struct __sk_buff *skb)
{
    long a = adjust_room(skb, 8, 1, 0);
    long b = adjust_room(skb, 12, 0, 0);
    long c = adjust_room(skb, 5000, 0, 0);
    long d = adjust_room(skb, -4, 1, 0);
    long e = adjust_room(skb, 4, 7, 0);
    return (int)(a * 10000 + b * 1000 + c * 100 + d * 10 + e + skb->len);
}

SEC("tc") int tc_pull(struct __sk_buff *skb)
{
    long a = pull_data(skb, 0);
    long b = pull_data(skb, skb->len);
    long c = pull_data(skb, skb->len + 1);
    return (int)(a * 100 + b * 10 + c);
}

SEC("tc") int tc_vlan(struct __sk_buff *skb)
{
    long a = vlan_push(skb, htons(0x8100), 100);
    note(0, skb->vlan_present);
    note(1, skb->vlan_tci);
    note(2, skb->vlan_proto);
    note(3, skb->len);
    note(4, skb->protocol);
    long b = vlan_push(skb, htons(0x88a8), 200);
    note(5, skb->vlan_tci);
    note(6, skb->len);
    note(7, skb->protocol);
    return (int)(a * 10 + b);
}

SEC("tc") int tc_vlan_pop(struct __sk_buff *skb)
{
    long a = vlan_push(skb, htons(0x8100), 5);
    long b = vlan_push(skb, htons(0x8100), 6);
    long c = vlan_pop(skb);
    note(0, skb->vlan_present);
    note(1, skb->vlan_tci);
    note(2, skb->len);
    note(3, skb->protocol);
    long d = vlan_pop(skb);
    note(4, skb->vlan_present);
    note(5, skb->protocol);
    return (int)(a * 1000 + b * 100 + c * 10 + d + skb->len);
}

SEC("tc") int tc_type(struct __sk_buff *skb)
{
    long a = change_type(skb, 2);
    long b = change_type(skb, 99);
    return (int)(a * 100 + b + skb->pkt_type);
}

SEC("tc") int tc_redirect(struct __sk_buff *skb)
{
    long bad = redirect(1, 2);
    return (int)(bad * 100 + redirect(1, 1));
}

SEC("tc") int tc_direct_write(struct __sk_buff *skb)
{
    struct view v = skb_view(skb);
    struct ipv4 *ip = ipv4_of(v);
    if (!ip)
        return 1;
    ip->tos = 0x2e;
    ip->id ^= 0xffff;
    return ip->ttl;
}

SEC("socket") int filter_fields(struct __sk_buff *skb)
{
    note(0, skb->len);
    note(1, skb->protocol);
    note(2, skb->pkt_type);
    note(3, skb->vlan_present);
    note(4, skb->queue_mapping);
    note(5, skb->ingress_ifindex);
    note(6, skb->mark);
    note(7, skb->ifindex);
    skb->cb[1] = 5;
    return (int)(skb->len + skb->cb[1] + skb->protocol * 3 + skb->pkt_type * 100000 + skb->ifindex * 1000);
}

SEC("socket") int filter_load(struct __sk_buff *skb)
{
    u8 first = 0, protocol = 0;
    u32 word = 0;
    long a = skb_load_bytes(skb, 0, &first, 1);
    long b = skb_load_bytes(skb, 9, &protocol, 1);
    long c = skb_load_bytes(skb, 12, &word, 4);
    long d = skb_load_bytes(skb, skb->len, &word, 1);
    return (int)(a + b * 3 + c * 5 + d * 7 + first * 256 + protocol);
}

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

SEC("socket") int filter_legacy(struct __sk_buff *skb)
{
    u32 header = (load_byte(skb, 0) & 15) * 4;
    return (int)(load_half(skb, 2) + load_word(skb, 12) + load_half(skb, header));
}

SEC("cgroup_skb/ingress") int cgroup_fields(struct __sk_buff *skb)
{
    struct view v = skb_view(skb);
    note(0, skb->len);
    note(1, skb->protocol);
    note(2, distance(v.data, v.end));
    note(3, skb->mark);
    note(6, skb->family);
    note(7, skb->local_ip4);
    note(8, skb->remote_ip4);
    if (v.data + 20 > v.end)
        return 0;
    struct ipv4 *ip = v.data;
    note(4, ip->ihl_version);
    note(5, ip->ttl);
    return (ip->protocol + skb->protocol + skb->pkt_type + skb->local_ip4 + skb->remote_ip4 + skb->family) & 1;
}

SEC("cgroup_skb/egress") int cgroup_load(struct __sk_buff *skb)
{
    u32 source = 0;
    long a = skb_load_bytes(skb, 12, &source, 4);
    skb->mark = source;
    skb->priority = 3;
    return a == 0;
}

/* The room for the other IP header, both ways; then what the packet says it is. */
SEC("tc") int change_protocol(struct __sk_buff *skb)
{
    long bad = change_proto(skb, htons(0x0800), 1);
    long other = change_proto(skb, htons(0x0806), 0);
    long to6 = change_proto(skb, htons(0x86dd), 0);
    u32 between = skb->len + skb->protocol;
    long to4 = skb->len & 1 ? change_proto(skb, htons(0x0800), 0) : 1;
    return (int)(bad + 3 * other + 5 * to6 + 7 * to4 + 11 * between + 13 * skb->len + 17 * skb->protocol);
}
