/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-vrings.c: the requests of a front end about queues. */
#include "vhost-user-request.h"

#include "failure.h"

#include <inttypes.h>
#include <linux/vhost_types.h>

/* SET_VRING_KICK, _CALL and _ERR: the index of a queue, and whether there is no fd. */
enum {
    VRING_INDEX_MASK = 0xff,
    VRING_NO_FD = 0x100
};

static Queue *
find_queue(const Device *device, const Message *message, uint64_t index, GError **error)
{
    if (index < device->n_queues) {
        return device->queues[index];
    }
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                "vhost-user request %" PRIu32 " is for queue %" PRIu64
                ", but there are %u: see --queues",
                message->request, index, device->n_queues);
    return NULL;
}

/* The rings of a queue that has to be stopped. */
static VirtQueue *
find_rings(const Device *device, const Message *message, uint64_t index, GError **error)
{
    Queue *queue = find_queue(device, message, index, error);

    return queue != NULL ? queue_get_rings(queue, error) : NULL;
}

static bool
set_size(Device *device, const Message *message, GError **error)
{
    struct vhost_vring_state state;
    VirtQueue *rings;

    if (!vhost_user_read(message, &state, sizeof(state), error)) {
        return false;
    }
    rings = find_rings(device, message, state.index, error);
    if (rings == NULL || !virtqueue_check_size(state.num, error)) {
        return false;
    }
    rings->size = state.num;
    return true;
}

static bool
set_addresses(Device *device, const Message *message, GError **error)
{
    struct vhost_vring_addr addresses;
    VirtQueue *rings;

    if (!vhost_user_read(message, &addresses, sizeof(addresses), error)) {
        return false;
    }
    rings = find_rings(device, message, addresses.index, error);
    if (rings == NULL) {
        return false;
    }
    rings->descriptors_address = addresses.desc_user_addr;
    rings->available_address = addresses.avail_user_addr;
    rings->used_address = addresses.used_user_addr;
    return true;
}

static bool
set_base(Device *device, const Message *message, GError **error)
{
    struct vhost_vring_state state;
    VirtQueue *rings;

    if (!vhost_user_read(message, &state, sizeof(state), error)) {
        return false;
    }
    rings = find_rings(device, message, state.index, error);
    if (rings == NULL) {
        return false;
    }
    if (state.num > UINT16_MAX) {
        return vhost_user_refuse(message, "the index does not fit 16 bits", error);
    }
    rings->next_available = (uint16_t)state.num;
    return true;
}

/* This stops the queue. */
static bool
get_base(Device *device, const Message *message, Reply *reply, GError **error)
{
    struct vhost_vring_state state;
    Queue *queue;

    if (!vhost_user_read(message, &state, sizeof(state), error)) {
        return false;
    }
    queue = find_queue(device, message, state.index, error);
    if (queue == NULL) {
        return false;
    }
    state.num = queue_stop(queue);
    reply_set(reply, &state, sizeof(state));
    return true;
}

static bool
set_enabled(Device *device, const Message *message, GError **error)
{
    struct vhost_vring_state state;
    Queue *queue;

    if (!vhost_user_read(message, &state, sizeof(state), error)) {
        return false;
    }
    queue = find_queue(device, message, state.index, error);
    return queue != NULL && queue_set_enabled(queue, state.num != 0, error);
}

/* Which queue an eventfd is for; NULL with an error. */
static Queue *
read_eventfd(Device *device, Message *message, int *fd, GError **error)
{
    uint64_t word;
    Queue *queue;

    if (!vhost_user_read(message, &word, sizeof(word), error)) {
        return NULL;
    }
    queue = find_queue(device, message, word & VRING_INDEX_MASK, error);
    if (queue == NULL) {
        return NULL;
    }
    *fd = (word & VRING_NO_FD) != 0 ? -1 : message_steal_fd(message, 0);
    if (*fd < 0 && (word & VRING_NO_FD) == 0) {
        vhost_user_refuse(message, "a file descriptor is missing", error);
        return NULL;
    }
    return queue;
}

static bool
set_kick(Device *device, Message *message, GError **error)
{
    int fd;
    Queue *queue = read_eventfd(device, message, &fd, error);

    if (queue != NULL && fd < 0) {
        return vhost_user_refuse(message, "queues that have to be polled are not offered", error);
    }
    return queue != NULL && queue_set_kick(queue, fd, error);
}

static bool
set_call(Device *device, Message *message, GError **error)
{
    int fd;
    Queue *queue = read_eventfd(device, message, &fd, error);

    if (queue != NULL) {
        queue_set_call(queue, fd);
    }
    return queue != NULL;
}

static bool
set_error(Device *device, Message *message, GError **error)
{
    int fd;
    Queue *queue = read_eventfd(device, message, &fd, error);

    if (queue != NULL) {
        queue_set_error(queue, fd);
    }
    return queue != NULL;
}

bool
vhost_user_handle_vring(Device *device, Message *message, Reply *reply, GError **error)
{
    switch (message->request) {
    case VHOST_USER_SET_VRING_NUM:
        return set_size(device, message, error);
    case VHOST_USER_SET_VRING_ADDR:
        return set_addresses(device, message, error);
    case VHOST_USER_SET_VRING_BASE:
        return set_base(device, message, error);
    case VHOST_USER_GET_VRING_BASE:
        return get_base(device, message, reply, error);
    case VHOST_USER_SET_VRING_KICK:
        return set_kick(device, message, error);
    case VHOST_USER_SET_VRING_CALL:
        return set_call(device, message, error);
    case VHOST_USER_SET_VRING_ERR:
        return set_error(device, message, error);
    case VHOST_USER_SET_VRING_ENABLE:
        return set_enabled(device, message, error);
    default:
        return vhost_user_refuse(message, "it is not understood", error);
    }
}
