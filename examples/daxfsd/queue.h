/* SPDX-License-Identifier: BSD-3-Clause */
/* queue.h: a virtqueue with its notifications and the thread that serves it. */
#pragma once

#include "fuse-server.h"
#include "guest-memory.h"
#include "virtqueue.h"

typedef struct Queue Queue;

/* @memory and @server are borrowed. NULL with an error. */
Queue *queue_new(unsigned index, GuestMemory *memory, FuseServer *server, GError **error);

/* Stops it first. */
void queue_free(Queue *queue);

/* All of these are for the one thread that owns the queue, and the thread of the queue is started
 * by them as soon as it has all it needs. */

/* Where the rings are and where to go on, to be changed; NULL with an error while it runs. */
VirtQueue *queue_get_rings(Queue *queue, GError **error);

/* Take eventfds, -1 for none: what the guest kicks, what is signalled to the guest, and what is
 * signalled when its rings make no sense. */
bool queue_set_kick(Queue *queue, int fd, GError **error);
void queue_set_call(Queue *queue, int fd);
void queue_set_error(Queue *queue, int fd);

bool queue_set_enabled(Queue *queue, bool is_enabled, GError **error);

/* Finishes what is under way, and takes nothing more until it is given a new kick. Returns the
 * index of the next request. */
uint16_t queue_stop(Queue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)
