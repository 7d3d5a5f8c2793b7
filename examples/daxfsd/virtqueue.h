/* SPDX-License-Identifier: BSD-3-Clause */
/* virtqueue.h: a split virtqueue as its device sees it: chains out, lengths in. */
#pragma once

#include "guest-buffer.h"

enum {
    VIRTQUEUE_MAX_SIZE = 32768
};

/*
 * The guest may write to its rings at any time, whatever it likes. So each number is read once, and
 * judged before it is used; what cannot be right is an error, after which the queue has to rest
 * until the guest sets it up again. Functions take guest memory as it is now, because it may change
 * from one request to the next. Not for several threads at a time.
 */
typedef struct {
    uint32_t size;                /* a power of two */
    uint64_t descriptors_address; /* addresses of the front end */
    uint64_t available_address;
    uint64_t used_address;
    bool has_event_index;    /* VIRTIO_RING_F_EVENT_IDX */
    uint16_t next_available; /* the next entry of the available ring to look at */
    uint16_t next_used;      /* the next entry of the used ring to fill */
    uint16_t signalled_used; /* what next_used was when the guest was last asked about */
} VirtQueue;

/* One request: what the device reads, and where it writes. */
typedef struct {
    uint16_t head;
    GuestBuffer readable;
    GuestBuffer writable;
} Chain;

bool virtqueue_check_size(uint32_t size, GError **error);

/* Takes up work where the used ring says; false with an error if the rings are not in @table. */
bool virtqueue_start(VirtQueue *queue, const MemoryTable *table, GError **error);

/* Takes the next request, if there is one, into @chain; false with an error. */
bool virtqueue_pop(VirtQueue *queue, MemoryTable *table, Chain *chain, bool *is_empty,
                   GError **error);

/* Gives a request back, with @written bytes in its writable part. */
bool virtqueue_push(VirtQueue *queue, const MemoryTable *table, uint16_t head, uint32_t written,
                    GError **error);

/* Asks to be told of new requests; @is_empty tells whether there have been none before that. */
bool virtqueue_ask_for_kick(VirtQueue *queue, const MemoryTable *table, bool *is_empty,
                            GError **error);

/* Whether the guest wants to be told of what has been given back since this was last asked. */
bool virtqueue_wants_call(VirtQueue *queue, const MemoryTable *table, bool *wants_call,
                          GError **error);
