/* Objects a program makes: lists, trees, references, per-CPU copies; exceptions. */
#include "bpf.h"
LICENSE;

#define TAG(text) __attribute__((btf_decl_tag(text)))
#define KSYM extern __attribute__((section(".ksyms")))
#define HIDDEN __attribute__((visibility("hidden")))
#define LOCAL_TYPE_ID(type) __builtin_btf_type_id(*(type *)0, 0)
#define OUTER(type, field, at) ((type *)((char *)(at) - __builtin_offsetof(type, field)))

struct bpf_list_head { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { u64 opaque[4]; } __attribute__((aligned(8)));
struct bpf_refcount { u32 opaque[1]; } __attribute__((aligned(4)));

KSYM void *bpf_obj_new_impl(u64 type, void *meta);
KSYM void bpf_obj_drop_impl(void *object, void *meta);
KSYM void *bpf_refcount_acquire_impl(void *object, void *meta);
KSYM int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 offset);
KSYM int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 offset);
KSYM struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head);
KSYM struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head);
KSYM int bpf_rbtree_add_impl(
    struct bpf_rb_root *root, struct bpf_rb_node *node, _Bool (*less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, u64 offset);
KSYM struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node);
KSYM struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root);
KSYM void bpf_throw(u64 cookie);

struct item { u64 value; struct bpf_list_node link; };
struct leaf { u64 value; struct bpf_rb_node node; };
struct shared { u64 value; struct bpf_rb_node node; struct bpf_list_node link; struct bpf_refcount count; };

struct queue { struct bpf_spin_lock lock; u32 length; struct bpf_list_head head TAG("contains:item:link"); };
struct tree { struct bpf_spin_lock lock; u32 size; struct bpf_rb_root root TAG("contains:leaf:node"); };
struct both {
    struct bpf_spin_lock lock;
    struct bpf_list_head head TAG("contains:shared:link");
};
struct other { struct bpf_spin_lock lock; struct bpf_rb_root root TAG("contains:shared:node"); };

struct { UINT(type, ARRAY); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct queue); } queue_heads SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct tree); } tree_heads SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct both); } list_heads SEC(".maps");
struct { UINT(type, ARRAY); UINT(max_entries, 1); TYPE(key, u32); TYPE(value, struct other); } root_heads SEC(".maps");

INLINE u32 first_byte(struct xdp_md *ctx)
{
    u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
    return data + 14 <= end ? data[13] + data[12] + data[5] : 0;
}

/* Keeps the last eight packets' bytes in order; returns the one that falls out. */
SEC("xdp") int list_queue(struct xdp_md *ctx)
{
    u32 key = 0;
    struct queue *queue = map_lookup(&queue_heads, &key);
    if (!queue)
        return -1;
    struct item *item = bpf_obj_new_impl(LOCAL_TYPE_ID(struct item), 0);
    if (!item)
        return -2;
    item->value = first_byte(ctx) + 1;
    struct bpf_list_node *out = 0;
    spin_lock(&queue->lock);
    if (item->value & 1)
        bpf_list_push_front_impl(&queue->head, &item->link, 0, 0);
    else
        bpf_list_push_back_impl(&queue->head, &item->link, 0, 0);
    if (++queue->length > 8) {
        queue->length--;
        out = bpf_list_pop_back(&queue->head);
    }
    spin_unlock(&queue->lock);
    if (!out)
        return 0;
    struct item *old = OUTER(struct item, link, out);
    int value = (int)old->value;
    bpf_obj_drop_impl(old, 0);
    return value;
}

static _Bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
    return OUTER(struct leaf, node, a)->value < OUTER(struct leaf, node, b)->value;
}

/* Sorts what it sees; every fourth packet takes the smallest out. */
SEC("xdp") int tree_smallest(struct xdp_md *ctx)
{
    u32 key = 0;
    struct tree *tree = map_lookup(&tree_heads, &key);
    if (!tree)
        return -1;
    struct leaf *leaf = bpf_obj_new_impl(LOCAL_TYPE_ID(struct leaf), 0);
    if (!leaf)
        return -2;
    leaf->value = first_byte(ctx) * 7 + (ctx->data_end - ctx->data);
    struct bpf_rb_node *out = 0;
    spin_lock(&tree->lock);
    bpf_rbtree_add_impl(&tree->root, &leaf->node, less, 0, 0);
    if ((++tree->size & 3) == 0) {
        struct bpf_rb_node *first = bpf_rbtree_first(&tree->root);
        if (first)
            out = bpf_rbtree_remove(&tree->root, first);
    }
    spin_unlock(&tree->lock);
    if (!out)
        return 0;
    struct leaf *smallest = OUTER(struct leaf, node, out);
    int value = (int)smallest->value;
    bpf_obj_drop_impl(smallest, 0);
    return value;
}

static _Bool shared_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
    return OUTER(struct shared, node, a)->value < OUTER(struct shared, node, b)->value;
}

/* One object in a list and in a tree by two references. */
SEC("tc") int in_list_and_tree(struct __sk_buff *skb)
{
    u32 key = 0;
    struct both *list = map_lookup(&list_heads, &key);
    struct other *tree = map_lookup(&root_heads, &key);
    if (!list || !tree)
        return -1;
    struct shared *one = bpf_obj_new_impl(LOCAL_TYPE_ID(struct shared), 0);
    if (!one)
        return -2;
    one->value = skb->len;
    struct shared *two = bpf_refcount_acquire_impl(one, 0);
    spin_lock(&list->lock);
    bpf_list_push_back_impl(&list->head, &one->link, 0, 0);
    spin_unlock(&list->lock);
    spin_lock(&tree->lock);
    bpf_rbtree_add_impl(&tree->root, &two->node, shared_less, 0, 0);
    spin_unlock(&tree->lock);
    spin_lock(&list->lock);
    struct bpf_list_node *out = bpf_list_pop_front(&list->head);
    spin_unlock(&list->lock);
    if (!out)
        return -4;
    struct shared *found = OUTER(struct shared, link, out);
    found->value += 5;
    int value = (int)found->value;
    bpf_obj_drop_impl(found, 0);
    return value;
}

NOINLINE u64 deep(u64 length)
{
    if (length > 60)
        bpf_throw(length * 2);
    return length + 1;
}

SEC("tc") int throws(struct __sk_buff *skb)
{
    return (int)deep(skb->len) + 1000;
}

__attribute__((noinline)) int catches(u64 cookie)
{
    return (int)cookie + 7;
}

SEC("tc") TAG("exception_callback:catches") int throws_to_a_callback(struct __sk_buff *skb)
{
    return (int)deep(skb->len) + 1000;
}
