/* SPDX-License-Identifier: BSD-3-Clause */
/* device.c: the virtio-fs device that a front end has. */
#include "device.h"

static bool
add_queues(Device *device, unsigned n, GError **error)
{
    device->queues = g_new0(Queue *, n);
    while (device->n_queues < n) {
        Queue *queue = queue_new(device->n_queues, device->memory, device->server, error);

        if (queue == NULL) {
            return false;
        }
        device->queues[device->n_queues++] = queue;
    }
    return true;
}

Device *
device_new(int directory_fd, unsigned request_queues, int stop_fd, GError **error)
{
    g_autoptr(BackendChannel) backend = backend_channel_new(stop_fd);
    Share *share = share_new(directory_fd, backend, error);
    g_autoptr(Device) device = NULL;

    if (share == NULL) {
        return NULL;
    }
    device = g_new0(Device, 1);
    device->backend = g_steal_pointer(&backend);
    device->memory = guest_memory_new();
    device->share = share;
    device->server = fuse_server_new(share);
    return add_queues(device, 1 + request_queues, error) ? g_steal_pointer(&device) : NULL;
}

/* Nobody may be waiting for a reply when the queues are stopped. */
void
device_free(Device *device)
{
    backend_channel_set_socket(device->backend, -1);
    for (unsigned i = 0; i < device->n_queues; i++) {
        queue_free(device->queues[i]);
    }
    g_free(device->queues);
    fuse_server_free(device->server);
    share_free(device->share);
    guest_memory_free(device->memory);
    backend_channel_free(device->backend);
    g_free(device);
}
