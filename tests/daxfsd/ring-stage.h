/* SPDX-License-Identifier: BSD-3-Clause */
/* ring-stage.h: a virtqueue in the memory of a guest, and both of its sides. */
#pragma once

#include "support/testing.h"

#include "guest.h"
#include "virtqueue.h"

#include <string.h>

enum {
    SIZE = 8,
    RINGS = GUEST_LOW,
    INDIRECT = GUEST_LOW + DRIVER_SPACE, /* where indirect tables are put */
    NEXT = VRING_DESC_F_NEXT,
    WRITE = VRING_DESC_F_WRITE,
    VIA = VRING_DESC_F_INDIRECT
};

typedef struct {
    Guest guest;
    Driver driver;
    MemoryTable *table;
    VirtQueue queue;
    Chain chain;
} RingStage;

static inline VirtQueue
ring_stage_queue_of(const Driver *driver)
{
    return (VirtQueue){
        .size = driver->size,
        .descriptors_address = GUEST_USER_ADDRESS(driver->address),
        .available_address = GUEST_USER_ADDRESS(driver->available_address),
        .used_address = GUEST_USER_ADDRESS(driver->used_address),
    };
}

static inline int
ring_stage_set_up(void **state)
{
    RingStage *stage = g_new0(RingStage, 1);

    *state = stage;
    if (!guest_open(&stage->guest)) {
        return -1;
    }
    stage->driver = driver_new(&stage->guest, RINGS, SIZE);
    stage->table = guest_new_table(&stage->guest);
    stage->queue = ring_stage_queue_of(&stage->driver);
    return stage->table != NULL && virtqueue_start(&stage->queue, stage->table, NULL) ? 0 : -1;
}

static inline int
ring_stage_tear_down(void **state)
{
    RingStage *stage = *state;

    memory_table_unref(stage->table);
    guest_close(&stage->guest);
    g_free(stage);
    return 0;
}

/* Puts descriptors at the start of the table, and offers the first of them. */
static inline void
offer(RingStage *stage, const struct vring_desc *descriptors, size_t n)
{
    memcpy(driver_descriptor(&stage->driver, 0), descriptors, n * sizeof(*descriptors));
    driver_offer(&stage->driver, 0);
}

/* 1 if a chain was popped, 0 if there was none, -1 if the queue makes no sense. */
static inline int
pop(RingStage *stage, GError **error)
{
    bool is_empty;

    if (!virtqueue_pop(&stage->queue, stage->table, &stage->chain, &is_empty, error)) {
        return -1;
    }
    return is_empty ? 0 : 1;
}
