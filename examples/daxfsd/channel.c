/* SPDX-License-Identifier: BSD-3-Clause */
/* channel.c: vhost-user messages on a socket, in whichever direction. */
#include "channel.h"

#include "failure.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

G_STATIC_ASSERT(offsetof(Message, payload) == CHANNEL_HEADER_SIZE);

typedef union {
    struct cmsghdr header; /* for its alignment */
    char space[CMSG_SPACE(CHANNEL_MAX_FDS * sizeof(int))];
} Control;

void
message_clear(Message *message)
{
    for (size_t i = 0; i < message->n_fds; i++) {
        if (message->fds[i] >= 0) {
            close(message->fds[i]);
        }
    }
    message->n_fds = 0;
}

int
message_steal_fd(Message *message, size_t index)
{
    int fd = -1;

    if (index < message->n_fds) {
        fd = message->fds[index];
        message->fds[index] = -1;
    }
    return fd;
}

/* Waits until there is something to be received; false without an error if it is time to stop. */
static bool
wait_for_input(int fd, int stop_fd, GError **error)
{
    struct pollfd polled[] = { { .fd = fd, .events = POLLIN },
                               { .fd = stop_fd, .events = POLLIN } };

    while (poll(polled, G_N_ELEMENTS(polled), -1) < 0) {
        if (errno != EINTR) {
            failure_set_from_errno(error, "cannot wait for the socket");
            return false;
        }
    }
    return polled[1].revents == 0;
}

/* More than the message has room for have been closed by the kernel. */
static void
take_fds(struct msghdr *received, Message *message)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(received); part != NULL;
         part = CMSG_NXTHDR(received, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
            size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

            n = MIN(n, CHANNEL_MAX_FDS - message->n_fds);
            memcpy(&message->fds[message->n_fds], CMSG_DATA(part), n * sizeof(int));
            message->n_fds += n;
        }
    }
}

/* Receives as much as there is, up to @length; 0 without an error if there will be no more. */
static size_t
receive_some(int fd, int stop_fd, void *to, size_t length, Message *message, GError **error)
{
    struct iovec piece = { to, length };
    Control control;
    struct msghdr received = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t n;

    do {
        if (!wait_for_input(fd, stop_fd, error)) {
            return 0;
        }
        n = recvmsg(fd, &received, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (n < 0 && (errno == EAGAIN || errno == EINTR));
    if (n < 0 && errno != ECONNRESET) {
        failure_set_from_errno(error, "cannot receive from the socket");
    }
    if (n <= 0) {
        return 0;
    }
    take_fds(&received, message);
    return (size_t)n;
}

static bool
receive_all(int fd, int stop_fd, void *to, size_t length, Message *message, GError **error)
{
    size_t done = 0;

    while (done < length) {
        size_t n = receive_some(fd, stop_fd, (uint8_t *)to + done, length - done, message, error);

        if (n == 0) {
            return false;
        }
        done += n;
    }
    return true;
}

bool
channel_receive(int fd, int stop_fd, Message *message, GError **error)
{
    if (!receive_all(fd, stop_fd, message, CHANNEL_HEADER_SIZE, message, error)) {
        return false;
    }
    if ((message->flags & CHANNEL_VERSION_MASK) != CHANNEL_VERSION ||
        message->size > CHANNEL_MAX_PAYLOAD) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                    "message %" PRIu32 " has flags 0x%" PRIx32 " and %" PRIu32
                    " bytes; version %d and %d bytes at most are understood",
                    message->request, message->flags, message->size, CHANNEL_VERSION,
                    CHANNEL_MAX_PAYLOAD);
        return false;
    }
    return receive_all(fd, stop_fd, message->payload, message->size, message, error);
}

static void
put_fds(struct msghdr *sent, Control *control, const Message *message)
{
    struct cmsghdr *part = &control->header;

    if (message->n_fds == 0) {
        return;
    }
    sent->msg_control = control;
    sent->msg_controllen = CMSG_SPACE(message->n_fds * sizeof(int));
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(message->n_fds * sizeof(int));
    memcpy(CMSG_DATA(part), message->fds, message->n_fds * sizeof(int));
}

bool
channel_send(int fd, const Message *message, GError **error)
{
    const uint8_t *bytes = (const uint8_t *)message;
    size_t length = CHANNEL_HEADER_SIZE + message->size;
    size_t done = 0;

    while (done < length) {
        struct iovec piece = { (void *)(bytes + done), length - done };
        struct msghdr sent = { .msg_iov = &piece, .msg_iovlen = 1 };
        Control control = { 0 };
        ssize_t n;

        if (done == 0) {
            put_fds(&sent, &control, message);
        }
        n = sendmsg(fd, &sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            failure_set_from_errno(error, "cannot send to the socket");
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}
