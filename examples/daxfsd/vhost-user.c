/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user.c: a conversation with a vhost-user front end. */
#include "vhost-user.h"

#include "failure.h"
#include "log.h"
#include "vhost-user-request.h"

#include <inttypes.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <unistd.h>

#define BIT(n) (UINT64_C(1) << (n))

static const uint64_t FEATURES = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_RING_F_INDIRECT_DESC) |
                                 BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VHOST_USER_F_PROTOCOL_FEATURES);

static const uint64_t PROTOCOL_FEATURES =
    BIT(VHOST_USER_PROTOCOL_F_MQ) | BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK) |
    BIT(VHOST_USER_PROTOCOL_F_BACKEND_REQ) | BIT(VHOST_USER_PROTOCOL_F_BACKEND_SEND_FD);

/* SET_MEM_TABLE */
typedef struct {
    uint32_t n_regions;
    uint32_t padding;
    MemoryRegion regions[MEMORY_TABLE_MAX_REGIONS];
} MemoryPayload;

bool
vhost_user_refuse(const Message *message, const char *why, GError **error)
{
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                "vhost-user request %" PRIu32 " of %" PRIu32 " bytes with %zu file descriptors: %s",
                message->request, message->size, message->n_fds, why);
    return false;
}

bool
vhost_user_read(const Message *message, void *to, size_t size, GError **error)
{
    if (message->size != size) {
        return vhost_user_refuse(message, "it should have another size", error);
    }
    memcpy(to, message->payload, size);
    return true;
}

void
reply_set(Reply *reply, const void *payload, size_t size)
{
    reply->is_wanted = true;
    reply->size = size;
    memcpy(reply->payload, payload, size);
}

static bool
reply_with_number(Reply *reply, uint64_t number)
{
    reply_set(reply, &number, sizeof(number));
    return true;
}

static bool
set_features(Device *device, const Message *message, GError **error)
{
    uint64_t features;

    if (!vhost_user_read(message, &features, sizeof(features), error)) {
        return false;
    }
    if ((features & ~FEATURES) != 0) {
        return vhost_user_refuse(message, "it wants features that are not offered", error);
    }
    for (unsigned i = 0; i < device->n_queues; i++) {
        VirtQueue *rings = queue_get_rings(device->queues[i], error);

        if (rings == NULL) {
            return false;
        }
        rings->has_event_index = (features & BIT(VIRTIO_RING_F_EVENT_IDX)) != 0;
        /* Without this, there are no requests to enable queues. */
        if ((features & BIT(VHOST_USER_F_PROTOCOL_FEATURES)) == 0 &&
            !queue_set_enabled(device->queues[i], true, error)) {
            return false;
        }
    }
    return true;
}

static bool
set_protocol_features(Device *device, const Message *message, GError **error)
{
    uint64_t features;

    if (!vhost_user_read(message, &features, sizeof(features), error)) {
        return false;
    }
    if ((features & ~PROTOCOL_FEATURES) != 0) {
        return vhost_user_refuse(message, "it wants features that are not offered", error);
    }
    device->protocol_features = features;
    return true;
}

static bool
set_memory_table(Device *device, const Message *message, GError **error)
{
    MemoryPayload payload = { 0 };
    MemoryTable *table;

    if (message->size < offsetof(MemoryPayload, regions) || message->size > sizeof(payload)) {
        return vhost_user_refuse(message, "it should have another size", error);
    }
    memcpy(&payload, message->payload, message->size);
    if (payload.n_regions > MEMORY_TABLE_MAX_REGIONS || payload.n_regions != message->n_fds ||
        message->size <
            offsetof(MemoryPayload, regions) + payload.n_regions * sizeof(MemoryRegion)) {
        return vhost_user_refuse(message, "its regions, bytes and descriptors do not agree", error);
    }
    table = memory_table_new(payload.regions, message->fds, payload.n_regions, error);
    if (table == NULL) {
        return false;
    }
    guest_memory_set(device->memory, table);
    return true;
}

static bool
set_backend_socket(Device *device, Message *message, GError **error)
{
    const uint64_t needed =
        BIT(VHOST_USER_PROTOCOL_F_BACKEND_REQ) | BIT(VHOST_USER_PROTOCOL_F_BACKEND_SEND_FD);
    int fd = message_steal_fd(message, 0);

    if (fd < 0) {
        return vhost_user_refuse(message, "a file descriptor is missing", error);
    }
    if ((device->protocol_features & needed) != needed) {
        log_warning("the back-end channel is not used, for the front end has not agreed to it");
        close(fd);
        return true;
    }
    backend_channel_set_socket(device->backend, fd);
    return true;
}

/* RESET_OWNER means that the front end has finished with the device, as far as it means anything.
 */
static bool
reset_owner(Device *device)
{
    for (unsigned i = 0; i < device->n_queues; i++) {
        queue_stop(device->queues[i]);
    }
    return true;
}

static bool
handle(Device *device, Message *message, Reply *reply, GError **error)
{
    switch (message->request) {
    case VHOST_USER_GET_FEATURES:
        return reply_with_number(reply, FEATURES);
    case VHOST_USER_SET_FEATURES:
        return set_features(device, message, error);
    case VHOST_USER_GET_PROTOCOL_FEATURES:
        return reply_with_number(reply, PROTOCOL_FEATURES);
    case VHOST_USER_SET_PROTOCOL_FEATURES:
        return set_protocol_features(device, message, error);
    case VHOST_USER_GET_QUEUE_NUM:
        return reply_with_number(reply, device->n_queues);
    case VHOST_USER_SET_OWNER:
        return true;
    case VHOST_USER_RESET_OWNER:
        return reset_owner(device);
    case VHOST_USER_SET_MEM_TABLE:
        return set_memory_table(device, message, error);
    case VHOST_USER_SET_BACKEND_REQ_FD:
        return set_backend_socket(device, message, error);
    default:
        return vhost_user_handle_vring(device, message, reply, error);
    }
}

static bool
send_reply(int fd, const Message *message, const Reply *reply, GError **error)
{
    Message sent = {
        .request = message->request,
        .flags = CHANNEL_VERSION | CHANNEL_REPLY,
        .size = (uint32_t)reply->size,
    };

    memcpy(sent.payload, reply->payload, reply->size);
    return channel_send(fd, &sent, error);
}

/* A request that fails ends the conversation, unless the front end wants to be told. */
static bool
answer(Device *device, int fd, Message *message, GError **error)
{
    g_autoptr(GError) failure = NULL;
    Reply reply = { 0 };
    bool is_done = handle(device, message, &reply, &failure);
    bool wants_result = (message->flags & CHANNEL_NEED_REPLY) != 0 &&
                        (device->protocol_features & BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK)) != 0;

    if (!is_done && !wants_result) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (!is_done) {
        log_warning("%s", failure->message);
    }
    if (!reply.is_wanted && wants_result) {
        reply_with_number(&reply, is_done ? 0 : 1);
    }
    return !reply.is_wanted || send_reply(fd, message, &reply, error);
}

bool
vhost_user_serve(Device *device, int fd, int stop_fd, GError **error)
{
    for (;;) {
        g_auto(Message) message = { 0 };
        g_autoptr(GError) failure = NULL;

        if (!channel_receive(fd, stop_fd, &message, &failure)) {
            if (failure != NULL) {
                g_propagate_error(error, g_steal_pointer(&failure));
                return false;
            }
            return true;
        }
        log_detail("vhost-user request %" PRIu32, message.request);
        if (!answer(device, fd, &message, error)) {
            return false;
        }
    }
}
