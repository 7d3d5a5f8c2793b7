/* SPDX-License-Identifier: BSD-3-Clause */
/* device.h: the virtio-fs device that a front end has. */
#pragma once

#include "backend-channel.h"
#include "channel.h"
#include "fuse-server.h"
#include "queue.h"

typedef struct {
    uint64_t protocol_features; /* agreed on */
    BackendChannel *backend;
    GuestMemory *memory;
    Share *share;
    FuseServer *server;
    unsigned n_queues; /* one for FUSE_FORGET and the like, and the request queues */
    Queue **queues;
} Device;

/* Shares @directory_fd, which is borrowed. Whatever waits for the front end stops waiting when
 * @stop_fd becomes readable. NULL with an error. */
Device *device_new(int directory_fd, unsigned request_queues, int stop_fd, GError **error);

/* Stops all queues first. */
void device_free(Device *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Device, device_free)
