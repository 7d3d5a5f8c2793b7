/* SPDX-License-Identifier: BSD-3-Clause */
/* front-end.c: a small vhost-user front end, with a guest, and a window that libdaxwin owns. */
#include "front-end.h"

#include "front-end-window.h"
#include "vhost-user-request.h"

#include <linux/vhost_types.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 20000
};

#define BIT(n) (UINT64_C(1) << (n))

static const uint64_t FEATURES = BIT(32) /* VIRTIO_F_VERSION_1 */ | BIT(30) /* protocol features */;

bool
front_end_open(FrontEnd *front_end, int fd)
{
    *front_end = (FrontEnd){ .fd = fd, .backend_fd = -1 };
    if (fd < 0 || !guest_open(&front_end->guest)) {
        return false;
    }
    for (unsigned i = 0; i < FRONT_END_QUEUES; i++) {
        FrontEndQueue *queue = &front_end->queues[i];

        queue->driver = driver_new(&front_end->guest, GUEST_LOW + (uint64_t)i * DRIVER_SPACE,
                                   FRONT_END_QUEUE_SIZE);
        queue->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        queue->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        queue->error = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    front_end->window =
        daxwin_window_new(FRONT_END_WINDOW_SIZE, DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    return front_end->window != NULL;
}

void
front_end_close(FrontEnd *front_end)
{
    if (front_end->fd >= 0) {
        close(front_end->fd);
    }
    front_end_window_stop(front_end);
    for (unsigned i = 0; i < FRONT_END_QUEUES; i++) {
        close(front_end->queues[i].kick);
        close(front_end->queues[i].call);
        close(front_end->queues[i].error);
    }
    daxwin_window_unref(front_end->window);
    guest_close(&front_end->guest);
}

bool
front_end_send(const FrontEnd *front_end, uint32_t request, uint32_t flags, const void *payload,
               uint32_t size, int fd)
{
    Message message = { .request = request, .flags = CHANNEL_VERSION | flags, .size = size };

    if (size > 0) {
        memcpy(message.payload, payload, MIN(size, CHANNEL_MAX_PAYLOAD));
    }
    message.fds[0] = fd;
    message.n_fds = fd >= 0 ? 1 : 0;
    return channel_send(front_end->fd, &message, NULL);
}

static bool
receive(const FrontEnd *front_end, uint32_t request, void *payload, size_t size)
{
    struct pollfd polled = { .fd = front_end->fd, .events = POLLIN };
    g_auto(Message) message = { 0 };

    if (poll(&polled, 1, PATIENCE_MS) != 1 || !channel_receive(front_end->fd, -1, &message, NULL) ||
        message.request != request || (message.flags & CHANNEL_REPLY) == 0 ||
        message.size != size) {
        return false;
    }
    memcpy(payload, message.payload, size);
    return true;
}

uint64_t
front_end_receive(const FrontEnd *front_end, uint32_t request)
{
    uint64_t number;

    return receive(front_end, request, &number, sizeof(number)) ? number : UINT64_MAX;
}

uint64_t
front_end_ask(const FrontEnd *front_end, uint32_t request, const void *payload, uint32_t size,
              int fd)
{
    if (!front_end_send(front_end, request, CHANNEL_NEED_REPLY, payload, size, fd)) {
        return UINT64_MAX;
    }
    return front_end_receive(front_end, request);
}

static bool
set_number(const FrontEnd *front_end, uint32_t request, uint64_t number)
{
    return front_end_send(front_end, request, 0, &number, sizeof(number), -1);
}

static uint64_t
get_number(const FrontEnd *front_end, uint32_t request)
{
    return front_end_send(front_end, request, 0, NULL, 0, -1)
               ? front_end_receive(front_end, request)
               : UINT64_MAX;
}

bool
front_end_negotiate(FrontEnd *front_end, uint64_t more_features, bool has_window)
{
    const uint64_t features = FEATURES | more_features;
    const uint64_t protocol =
        BIT(FRONT_END_MQ) | BIT(FRONT_END_REPLY_ACK) |
        (has_window ? BIT(FRONT_END_BACKEND_REQ) | BIT(FRONT_END_SEND_FD) : 0);

    return (get_number(front_end, VHOST_USER_GET_FEATURES) & features) == features &&
           (get_number(front_end, VHOST_USER_GET_PROTOCOL_FEATURES) & protocol) == protocol &&
           set_number(front_end, VHOST_USER_SET_PROTOCOL_FEATURES, protocol) &&
           get_number(front_end, VHOST_USER_GET_QUEUE_NUM) >= FRONT_END_QUEUES &&
           front_end_ask(front_end, VHOST_USER_SET_OWNER, NULL, 0, -1) == 0 &&
           set_number(front_end, VHOST_USER_SET_FEATURES, features) &&
           (!has_window || front_end_window_start(front_end));
}

bool
front_end_share_memory(const FrontEnd *front_end)
{
    const Guest *guest = &front_end->guest;
    const uint32_t header[] = { GUEST_REGIONS, 0 };
    Message message = {
        .request = VHOST_USER_SET_MEM_TABLE,
        .flags = CHANNEL_VERSION | CHANNEL_NEED_REPLY,
        .size = sizeof(header) + sizeof(guest->regions),
        .n_fds = GUEST_REGIONS,
        .fds = { guest->fd, guest->fd, guest->fd },
    };

    memcpy(message.payload, header, sizeof(header));
    memcpy(message.payload + sizeof(header), guest->regions, sizeof(guest->regions));
    return channel_send(front_end->fd, &message, NULL) &&
           front_end_receive(front_end, message.request) == 0;
}

static bool
set_state(const FrontEnd *front_end, uint32_t request, unsigned index, uint32_t number)
{
    const struct vhost_vring_state state = { index, number };

    return front_end_ask(front_end, request, &state, sizeof(state), -1) == 0;
}

static bool
set_eventfd(const FrontEnd *front_end, uint32_t request, uint64_t index, int fd)
{
    return front_end_ask(front_end, request, &index, sizeof(index), fd) == 0;
}

bool
front_end_start_queue(FrontEnd *front_end, unsigned index, uint16_t base)
{
    const FrontEndQueue *queue = &front_end->queues[index];
    const struct vhost_vring_addr addresses = {
        .index = index,
        .desc_user_addr = GUEST_USER_ADDRESS(queue->driver.address),
        .avail_user_addr = GUEST_USER_ADDRESS(queue->driver.available_address),
        .used_user_addr = GUEST_USER_ADDRESS(queue->driver.used_address),
    };

    return set_state(front_end, VHOST_USER_SET_VRING_NUM, index, queue->driver.size) &&
           set_state(front_end, VHOST_USER_SET_VRING_BASE, index, base) &&
           front_end_ask(front_end, VHOST_USER_SET_VRING_ADDR, &addresses, sizeof(addresses), -1) ==
               0 &&
           set_eventfd(front_end, VHOST_USER_SET_VRING_CALL, index, queue->call) &&
           set_eventfd(front_end, VHOST_USER_SET_VRING_ERR, index, queue->error) &&
           set_eventfd(front_end, VHOST_USER_SET_VRING_KICK, index, queue->kick) &&
           set_state(front_end, VHOST_USER_SET_VRING_ENABLE, index, 1);
}

bool
front_end_start(FrontEnd *front_end, bool has_window)
{
    bool is_good =
        front_end_negotiate(front_end, 0, has_window) && front_end_share_memory(front_end);

    for (unsigned i = 0; is_good && i < FRONT_END_QUEUES; i++) {
        is_good = front_end_start_queue(front_end, i, 0);
    }
    return is_good;
}

int
front_end_stop_queue(const FrontEnd *front_end, unsigned index)
{
    struct vhost_vring_state state = { index, 0 };

    if (!front_end_send(front_end, VHOST_USER_GET_VRING_BASE, 0, &state, sizeof(state), -1) ||
        !receive(front_end, VHOST_USER_GET_VRING_BASE, &state, sizeof(state))) {
        return -1;
    }
    return (int)state.num;
}

void
front_end_kick(const FrontEnd *front_end, unsigned queue)
{
    (void)!eventfd_write(front_end->queues[queue].kick, 1);
}

bool
front_end_wait(int fd)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    eventfd_t ignored;

    return poll(&polled, 1, PATIENCE_MS) == 1 && eventfd_read(fd, &ignored) == 0;
}

void
front_end_offer(FrontEnd *front_end, unsigned queue, uint16_t first, const FrontEndPiece *pieces,
                size_t n)
{
    Driver *driver = &front_end->queues[queue].driver;

    for (size_t i = 0; i < n; i++) {
        bool is_last = i + 1 == n;

        *driver_descriptor(driver, (uint16_t)(first + i)) = (struct vring_desc){
            .addr = pieces[i].address,
            .len = pieces[i].length,
            .flags = (uint16_t)((pieces[i].is_writable ? VRING_DESC_F_WRITE : 0) |
                                (is_last ? 0 : VRING_DESC_F_NEXT)),
            .next = (uint16_t)(first + i + 1),
        };
    }
    driver_offer(driver, first);
}

int64_t
front_end_run(FrontEnd *front_end, unsigned queue, const FrontEndPiece *pieces, size_t n)
{
    FrontEndQueue *of = &front_end->queues[queue];
    struct vring_used_elem used;

    front_end_offer(front_end, queue, 0, pieces, n);
    front_end_kick(front_end, queue);
    while (!driver_take(&of->driver, &used)) {
        if (!front_end_wait(of->call)) {
            return -1;
        }
    }
    /* What was done for the daemon on the way, by another thread, has been done before this: that
     * is true anyway, but a thread sanitizer does not see it through another process. */
    (void)atomic_load(&front_end->counts.served);
    return used.len;
}
