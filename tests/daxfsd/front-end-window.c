/* SPDX-License-Identifier: BSD-3-Clause */
/* front-end-window.c: the back-end channel of the small front end. */
#include "front-end-window.h"

#include "vhost-user-request.h"

#include <daxwin/serve.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A DaxwinResolveFunc: the guest's memory, and its window. */
static void *
resolve(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    const FrontEnd *front_end = user_data;
    void *found = guest_at(&front_end->guest, guest_address);

    if (guest_address >= FRONT_END_WINDOW &&
        guest_address - FRONT_END_WINDOW < FRONT_END_WINDOW_SIZE) {
        return daxwin_window_resolve(guest_address - FRONT_END_WINDOW, length, for_write,
                                     front_end->window);
    }
    *length = MIN(*length, 4096 - guest_address % 4096);
    return found;
}

static void
count(FrontEnd *front_end, const Message *message)
{
    FrontEndCounts *counts = &front_end->counts;
    DaxwinFsMessage decoded;

    if (!daxwin_fs_message_decode(DAXWIN_FS_DIALECT_ENTRIES, message->payload, message->size,
                                  &decoded, NULL)) {
        return;
    }
    counts->entries = decoded.n_entries;
    counts->maps += message->request == DAXWIN_FS_QEMU_2021_MAP;
    counts->unmaps += message->request == DAXWIN_FS_QEMU_2021_UNMAP;
    if (message->request == DAXWIN_FS_QEMU_2021_IO) {
        counts->transfers++;
        counts->transfer_flags = decoded.flags;
    }
}

static uint64_t
serve(FrontEnd *front_end, const Message *message)
{
    int fd = message->n_fds > 0 ? message->fds[0] : -1;

    switch (message->request) {
    case DAXWIN_FS_QEMU_2021_MAP:
        return daxwin_serve_fs_map(front_end->window, DAXWIN_FS_DIALECT_ENTRIES, message->payload,
                                   message->size, fd, NULL);
    case DAXWIN_FS_QEMU_2021_UNMAP:
        return daxwin_serve_fs_unmap(front_end->window, DAXWIN_FS_DIALECT_ENTRIES, message->payload,
                                     message->size, NULL);
    case DAXWIN_FS_QEMU_2021_IO:
        return daxwin_serve_fs_io(DAXWIN_FS_DIALECT_ENTRIES, message->payload, message->size, fd,
                                  resolve, front_end, NULL);
    default:
        return (uint64_t)-ENOSYS;
    }
}

static void *
run(void *data)
{
    FrontEnd *front_end = data;

    for (;;) {
        g_auto(Message) message = { 0 };
        Message reply = { .flags = CHANNEL_VERSION | CHANNEL_REPLY, .size = sizeof(uint64_t) };
        uint64_t result;

        if (!channel_receive(front_end->backend_fd, -1, &message, NULL)) {
            return NULL;
        }
        count(front_end, &message);
        if (front_end->is_mute) {
            continue;
        }
        result = serve(front_end, &message);
        reply.request = message.request;
        memcpy(reply.payload, &result, sizeof(result));
        front_end->counts.served++;
        if (!channel_send(front_end->backend_fd, &reply, NULL)) {
            return NULL;
        }
    }
}

bool
front_end_window_start(FrontEnd *front_end)
{
    int ends[2];
    bool is_good;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    is_good = front_end_ask(front_end, VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, ends[1]) == 0;
    close(ends[1]);
    if (!is_good) {
        close(ends[0]);
        return false;
    }
    front_end->backend_fd = ends[0];
    return pthread_create(&front_end->server, NULL, run, front_end) == 0;
}

void
front_end_window_stop(FrontEnd *front_end)
{
    if (front_end->backend_fd >= 0) {
        shutdown(front_end->backend_fd, SHUT_RDWR);
        pthread_join(front_end->server, NULL);
        close(front_end->backend_fd);
        front_end->backend_fd = -1;
    }
}
