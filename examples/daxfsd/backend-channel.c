/* SPDX-License-Identifier: BSD-3-Clause */
/* backend-channel.c: requests to the front end about its DAX window. */
#include "backend-channel.h"

#include "channel.h"
#include "failure.h"
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct BackendChannel {
    pthread_mutex_t lock; /* held while a request waits for its reply */
    int stop_fd;          /* fixed at birth */
    int fd;               /* changed under lock by the thread that owns the channel; -1 for none */
};

BackendChannel *
backend_channel_new(int stop_fd)
{
    BackendChannel *channel = g_new0(BackendChannel, 1);

    pthread_mutex_init(&channel->lock, NULL);
    channel->stop_fd = stop_fd;
    channel->fd = -1;
    return channel;
}

static void
replace_socket(BackendChannel *channel, int fd)
{
    pthread_mutex_lock(&channel->lock);
    if (channel->fd >= 0) {
        close(channel->fd);
    }
    channel->fd = fd;
    pthread_mutex_unlock(&channel->lock);
}

/* Whoever waits for a reply holds the lock, and sees the end of the socket now. */
static void
end_waiting(BackendChannel *channel)
{
    if (channel->fd >= 0) {
        shutdown(channel->fd, SHUT_RDWR);
    }
}

void
backend_channel_set_socket(BackendChannel *channel, int fd)
{
    end_waiting(channel);
    replace_socket(channel, fd);
}

void
backend_channel_free(BackendChannel *channel)
{
    backend_channel_set_socket(channel, -1);
    pthread_mutex_destroy(&channel->lock);
    g_free(channel);
}

bool
backend_channel_has_socket(BackendChannel *channel)
{
    bool has_socket;

    pthread_mutex_lock(&channel->lock);
    has_socket = channel->fd >= 0;
    pthread_mutex_unlock(&channel->lock);
    return has_socket;
}

static bool
check_reply(const Message *reply, uint32_t request, GError **error)
{
    if (reply->request == request && (reply->flags & CHANNEL_REPLY) != 0 &&
        reply->size == sizeof(uint64_t)) {
        return true;
    }
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                "back-end request %" PRIu32 " was answered by message %" PRIu32
                " with flags 0x%" PRIx32 " and %" PRIu32 " bytes",
                request, reply->request, reply->flags, reply->size);
    return false;
}

static bool
exchange(const BackendChannel *channel, const Message *message, int64_t *result, GError **error)
{
    g_auto(Message) reply = { 0 };

    if (!channel_send(channel->fd, message, error)) {
        return false;
    }
    if (!channel_receive(channel->fd, channel->stop_fd, &reply, error)) {
        if (error != NULL && *error == NULL) {
            g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER, "the back-end channel was closed");
        }
        return false;
    }
    if (!check_reply(&reply, message->request, error)) {
        return false;
    }
    memcpy(result, reply.payload, sizeof(*result));
    return true;
}

int64_t
backend_channel_call(BackendChannel *channel, DaxwinFsRequestQemu2021 request,
                     const DaxwinFsMessage *message, int fd)
{
    Message sent = { .request = request, .flags = CHANNEL_VERSION | CHANNEL_NEED_REPLY };
    g_autoptr(GError) error = NULL;
    int64_t result = -ENODEV;
    size_t length;

    if (!daxwin_fs_message_encode(DAXWIN_FS_DIALECT_ENTRIES, message, sent.payload,
                                  sizeof(sent.payload), &length, &error)) {
        return -EINVAL;
    }
    sent.size = (uint32_t)length;
    sent.n_fds = fd >= 0 ? 1 : 0;
    sent.fds[0] = fd;
    pthread_mutex_lock(&channel->lock);
    if (channel->fd >= 0 && !exchange(channel, &sent, &result, &error)) {
        result = -EIO;
        shutdown(channel->fd, SHUT_RDWR); /* what comes next would be taken for its answer */
    }
    pthread_mutex_unlock(&channel->lock);
    log_detail("back-end request %d of %zu entries, the first 0x%" PRIx64 " bytes at 0x%" PRIx64
               " of the window and 0x%" PRIx64 " of the file: %" PRId64,
               (int)request, message->n_entries, message->entries[0].length,
               message->entries[0].cache_offset, message->entries[0].file_offset, result);
    if (error != NULL) {
        log_detail("%s", error->message);
    }
    return result;
}

/* FUSE knows errno values below 512; a guest would take more for a fault of its device. */
int
backend_reply_to_errno(int64_t reply)
{
    if (reply == 0) {
        return 0;
    }
    return reply < 0 && reply > -512 ? (int)-reply : EIO;
}
