/* SPDX-License-Identifier: BSD-3-Clause */
/* virtqueue.c: a split virtqueue as its device sees it: chains out, lengths in. */
#include "virtqueue.h"

#include "failure.h"

#include <inttypes.h>
#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <string.h>

/* The parts of a queue in this process; numbers are little-endian. */
typedef struct {
    struct vring_desc *descriptors;
    struct vring_avail *available;
    struct vring_used *used;
} Rings;

/* A table of descriptors: that of the queue, or an indirect one. */
typedef struct {
    const struct vring_desc *descriptors;
    uint32_t n;
    bool is_indirect;
} Table;

/* Reads what the guest may be writing to, exactly once. */
static uint16_t
load16(const void *guest_memory)
{
    return GUINT16_FROM_LE(__atomic_load_n((const uint16_t *)guest_memory, __ATOMIC_ACQUIRE));
}

static void
store16(void *guest_memory, uint16_t value)
{
    __atomic_store_n((uint16_t *)guest_memory, GUINT16_TO_LE(value), __ATOMIC_RELEASE);
}

bool
virtqueue_check_size(uint32_t size, GError **error)
{
    if (size != 0 && size <= VIRTQUEUE_MAX_SIZE && (size & (size - 1)) == 0) {
        return true;
    }
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                "queue size %" PRIu32 " is not a power of two between 1 and %d", size,
                VIRTQUEUE_MAX_SIZE);
    return false;
}

static void *
find_ring(const MemoryTable *table, uint64_t address, uint64_t length, uint64_t alignment,
          const char *name, GError **error)
{
    void *ring = memory_table_find_user(table, address, length);

    if (ring != NULL && (uintptr_t)ring % alignment != 0) {
        ring = NULL;
    }
    if (ring == NULL) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                    "%s of 0x%" PRIx64 " bytes at user address 0x%" PRIx64
                    " is not in guest memory, or not a multiple of %" PRIu64,
                    name, length, address, alignment);
    }
    return ring;
}

/* Both rings end with the index that belongs to VIRTIO_RING_F_EVENT_IDX. */
static bool
find_rings(const VirtQueue *queue, const MemoryTable *table, Rings *rings, GError **error)
{
    uint64_t n = queue->size;

    rings->descriptors = find_ring(table, queue->descriptors_address, n * sizeof(struct vring_desc),
                                   VRING_DESC_ALIGN_SIZE, "descriptor table", error);
    if (rings->descriptors == NULL) {
        return false;
    }
    rings->available = find_ring(table, queue->available_address,
                                 sizeof(struct vring_avail) + (n + 1) * sizeof(uint16_t),
                                 VRING_AVAIL_ALIGN_SIZE, "available ring", error);
    if (rings->available == NULL) {
        return false;
    }
    rings->used =
        find_ring(table, queue->used_address,
                  sizeof(struct vring_used) + n * sizeof(struct vring_used_elem) + sizeof(uint16_t),
                  VRING_USED_ALIGN_SIZE, "used ring", error);
    return rings->used != NULL;
}

bool
virtqueue_start(VirtQueue *queue, const MemoryTable *table, GError **error)
{
    Rings rings;

    if (!virtqueue_check_size(queue->size, error) || !find_rings(queue, table, &rings, error)) {
        return false;
    }
    queue->next_used = load16(&rings.used->idx);
    queue->signalled_used = queue->next_used;
    return true;
}

static bool
set_error_for_chain(const Chain *chain, const char *what, uint64_t value, GError **error)
{
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                "descriptor chain at head %" PRIu16 ": %s (%" PRIu64 ")", chain->head, what, value);
    return false;
}

/* The copy is volatile so that the compiler cannot read a number of the guest's twice. */
static struct vring_desc
load_descriptor(const Table *table, uint32_t index)
{
    const volatile struct vring_desc *descriptor = &table->descriptors[index];

    return (struct vring_desc){
        .addr = GUINT64_FROM_LE(descriptor->addr),
        .len = GUINT32_FROM_LE(descriptor->len),
        .flags = GUINT16_FROM_LE(descriptor->flags),
        .next = GUINT16_FROM_LE(descriptor->next),
    };
}

static bool
add_to_chain(Chain *chain, MemoryTable *memory, const struct vring_desc *descriptor, GError **error)
{
    bool is_writable = (descriptor->flags & VRING_DESC_F_WRITE) != 0;

    if (!is_writable && chain->writable.n > 0) {
        return set_error_for_chain(chain, "readable memory behind writable", descriptor->addr,
                                   error);
    }
    if (!guest_buffer_append(is_writable ? &chain->writable : &chain->readable, memory,
                             descriptor->addr, descriptor->len)) {
        return set_error_for_chain(chain, "too many pieces, or an address that wraps",
                                   descriptor->addr, error);
    }
    return true;
}

/* Finds the table that @descriptor leads to. */
static bool
enter_indirect(const Chain *chain, MemoryTable *memory, const struct vring_desc *descriptor,
               Table *table, GError **error)
{
    size_t length = descriptor->len;
    void *descriptors;

    if (table->is_indirect || (descriptor->flags & VRING_DESC_F_NEXT) != 0) {
        return set_error_for_chain(chain, "indirect table inside or before another",
                                   descriptor->addr, error);
    }
    if (length == 0 || length % sizeof(struct vring_desc) != 0 ||
        length / sizeof(struct vring_desc) > VIRTQUEUE_MAX_SIZE) {
        return set_error_for_chain(chain, "bad length of indirect table", length, error);
    }
    descriptors = memory_table_resolve(descriptor->addr, &length, false, memory);
    if (descriptors == NULL || length < descriptor->len || (uintptr_t)descriptors % 8 != 0) {
        return set_error_for_chain(chain, "indirect table is not in guest memory, or not aligned",
                                   descriptor->addr, error);
    }
    *table = (Table){ descriptors, (uint32_t)(length / sizeof(struct vring_desc)), true };
    return true;
}

/* A chain without a loop has no more descriptors than its table. */
static bool
walk(Chain *chain, MemoryTable *memory, Table table, uint32_t index, GError **error)
{
    for (uint32_t steps = 0; steps < table.n; steps++) {
        struct vring_desc descriptor;

        if (index >= table.n) {
            return set_error_for_chain(chain, "no such descriptor", index, error);
        }
        descriptor = load_descriptor(&table, index);
        if ((descriptor.flags & VRING_DESC_F_INDIRECT) != 0) {
            return enter_indirect(chain, memory, &descriptor, &table, error) &&
                   walk(chain, memory, table, 0, error);
        }
        if (!add_to_chain(chain, memory, &descriptor, error)) {
            return false;
        }
        if ((descriptor.flags & VRING_DESC_F_NEXT) == 0) {
            return true;
        }
        index = descriptor.next;
    }
    return set_error_for_chain(chain, "the chain has a loop", index, error);
}

/* How many requests the guest has made available and the device not yet taken. */
static bool
count_available(const VirtQueue *queue, const Rings *rings, uint16_t *n, GError **error)
{
    uint16_t available = load16(&rings->available->idx);

    *n = (uint16_t)(available - queue->next_available);
    if (*n > queue->size) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                    "available index %" PRIu16 " is %" PRIu16
                    " ahead of the device in a queue of %" PRIu32,
                    available, *n, queue->size);
        return false;
    }
    return true;
}

bool
virtqueue_pop(VirtQueue *queue, MemoryTable *table, Chain *chain, bool *is_empty, GError **error)
{
    Rings rings;
    uint16_t n;

    if (!find_rings(queue, table, &rings, error) || !count_available(queue, &rings, &n, error)) {
        return false;
    }
    *is_empty = n == 0;
    if (n == 0) {
        return true;
    }
    chain->head = load16(&rings.available->ring[queue->next_available % queue->size]);
    guest_buffer_clear(&chain->readable);
    guest_buffer_clear(&chain->writable);
    queue->next_available++;
    return walk(chain, table, (Table){ rings.descriptors, queue->size, false }, chain->head, error);
}

bool
virtqueue_push(VirtQueue *queue, const MemoryTable *table, uint16_t head, uint32_t written,
               GError **error)
{
    Rings rings;

    if (!find_rings(queue, table, &rings, error)) {
        return false;
    }
    rings.used->ring[queue->next_used % queue->size] = (struct vring_used_elem){
        .id = GUINT32_TO_LE(head),
        .len = GUINT32_TO_LE(written),
    };
    queue->next_used++;
    store16(&rings.used->idx, queue->next_used);
    return true;
}

/* The index behind the used ring: tell me when you go beyond this. */
static void *
kick_index(const VirtQueue *queue, const Rings *rings)
{
    return &rings->used->ring[queue->size];
}

bool
virtqueue_ask_for_kick(VirtQueue *queue, const MemoryTable *table, bool *is_empty, GError **error)
{
    Rings rings;
    uint16_t n;

    if (!find_rings(queue, table, &rings, error)) {
        return false;
    }
    if (queue->has_event_index) {
        store16(kick_index(queue, &rings), queue->next_available);
    }
    atomic_thread_fence(memory_order_seq_cst); /* ask first, look then */
    if (!count_available(queue, &rings, &n, error)) {
        return false;
    }
    *is_empty = n == 0;
    return true;
}

bool
virtqueue_wants_call(VirtQueue *queue, const MemoryTable *table, bool *wants_call, GError **error)
{
    Rings rings;
    uint16_t before = queue->signalled_used;

    if (!find_rings(queue, table, &rings, error)) {
        return false;
    }
    atomic_thread_fence(memory_order_seq_cst); /* give back first, look then */
    queue->signalled_used = queue->next_used;
    if (queue->has_event_index) {
        uint16_t event = load16(&rings.available->ring[queue->size]);

        *wants_call = vring_need_event(event, queue->next_used, before);
    } else {
        *wants_call = before != queue->next_used &&
                      (load16(&rings.available->flags) & VRING_AVAIL_F_NO_INTERRUPT) == 0;
    }
    return true;
}
