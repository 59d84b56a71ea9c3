/* Ten classic mistakes, a program each. The comment "PROGRAM: ID" stands on the line a verifier must point at. */
#include "../objects/bpf.h"
struct __sk_buff {
    u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index, cb[5], hash,
        tc_classid, data, data_end;
};
struct key { u32 address; u8 port; };
struct { __uint(type, HASH); __type(key, u32); __type(value, u64); __uint(max_entries, 16); } counters SEC(".maps");
struct { __uint(type, RINGBUF); __uint(max_entries, 4096); } records SEC(".maps");
struct { __uint(type, ARRAY); __type(key, u32); __type(value, u8[64]); __uint(max_entries, 1); } table SEC(".maps");
static long (*skb_load_bytes)(void *skb, u32 offset, void *to, u32 length) = (void *)26;
static u64 (*get_current_task)(void) = (void *)35;
static u32 (*random)(void) = (void *)7;

SEC("xdp") int bounds_check(struct xdp_md *ctx)
{
    u8 *data = (u8 *)(u64)ctx->data;
    return data[12]; /* bounds_check: BPF2106 */
}

SEC("xdp") int null_check(struct xdp_md *ctx)
{
    u32 key = ctx->ingress_ifindex;
    u64 *counter = map_lookup(&counters, &key);
    *counter = 1; /* null_check: BPF2102 */
    return 2;
}

SEC("xdp") int uninitialised(struct xdp_md *ctx)
{
    int result;
    asm volatile("%0 = r7" : "=r"(result)); /* uninitialised: BPF2101 */
    return result;
}

SEC("tc") int unbounded_loop(struct __sk_buff *skb)
{
    volatile int go = 1;
    while (1) { /* unbounded_loop: BPF2401 */
        asm volatile("" ::: "memory");
    }
    return 0;
}

SEC("xdp") int wrong_helper(struct xdp_md *ctx)
{
    u64 word = 0;
    skb_load_bytes(ctx, 0, &word, sizeof(word)); /* wrong_helper: BPF2201 */
    return word != 0;
}

SEC("tc") int leaked_reference(struct __sk_buff *skb)
{
    u64 *record = ringbuf_reserve(&records, 8, 0);
    if (!record)
        return 0;
    *record = skb->len;
    return 0;
} /* leaked_reference: BPF2301 */

SEC("tc") int deep_stack(struct __sk_buff *skb)
{
    volatile u64 scratch[60];
    scratch[0] = skb->len;
    asm volatile("*(u64 *)(r10 - 520) = 1" ::: "memory"); /* deep_stack: BPF2107 */
    return scratch[0];
}

SEC("xdp") int context_access(struct xdp_md *ctx)
{
    return *(u8 *)&ctx->ingress_ifindex; /* context_access: BPF2108 */
}

SEC("tc") int variable_offset(struct __sk_buff *skb)
{
    u32 key = 0;
    u8 *bytes = map_lookup(&table, &key);
    if (!bytes)
        return 0;
    return bytes[skb->mark]; /* variable_offset: BPF2105 */
}

/* Not refused since Linux 6.1 (root), and still wrong: three bytes of the key are whatever lay on the stack. */
struct { __uint(type, HASH); __type(key, struct key); __type(value, u64); __uint(max_entries, 16); } by_key SEC(".maps");
SEC("tc") int padding(struct __sk_buff *skb)
{
    struct key key;
    key.address = skb->mark;
    key.port = 80;
    return map_lookup(&by_key, &key) != 0;
}

char gpl[] SEC("license") = "GPL";
