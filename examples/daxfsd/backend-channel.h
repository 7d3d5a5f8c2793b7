/* SPDX-License-Identifier: BSD-3-Clause */
/* backend-channel.h: requests to the front end about its DAX window. */
#pragma once

#include <daxwin/fs-message.h>

#include <stdbool.h>

typedef struct BackendChannel BackendChannel;

/* Without a socket, until there is one. All waiting ends when @stop_fd becomes
 * readable. */
BackendChannel *backend_channel_new(int stop_fd);

void backend_channel_free(BackendChannel *channel);

/* Takes the socket that the front end has sent, -1 for none, in place of an older one, and ends all
 * waiting for that. For the thread that owns the channel. */
void backend_channel_set_socket(BackendChannel *channel, int fd);

bool backend_channel_has_socket(BackendChannel *channel);

/*
 * Sends a request, waits for the reply and returns it: 0, a number of bytes, or -errno; -ENODEV if
 * there is no socket, -EIO if it does not work. @fd, -1 for none, stays the caller's. One request
 * at a time, any thread.
 */
int64_t backend_channel_call(BackendChannel *channel, DaxwinFsRequestQemu2021 request,
                             const DaxwinFsMessage *message, int fd);

/* What a reply that is no number of bytes means to FUSE: 0, or a positive errno. */
int backend_reply_to_errno(int64_t reply);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackendChannel, backend_channel_free)
