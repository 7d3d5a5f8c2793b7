/* SPDX-License-Identifier: BSD-3-Clause */
/* channel.h: vhost-user messages on a socket, in whichever direction. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHANNEL_MAX_FDS = 8,
    CHANNEL_MAX_PAYLOAD = 4096,
    CHANNEL_HEADER_SIZE = 12
};

/* The flags of a message. */
enum {
    CHANNEL_VERSION = 0x1,
    CHANNEL_VERSION_MASK = 0x3,
    CHANNEL_REPLY = 0x4,
    CHANNEL_NEED_REPLY = 0x8
};

typedef struct {
    uint32_t request;
    uint32_t flags;
    uint32_t size; /* of the payload */
    uint8_t payload[CHANNEL_MAX_PAYLOAD];
    size_t n_fds;
    int fds[CHANNEL_MAX_FDS];
} Message;

/* Closes the file descriptors that nobody has taken. */
void message_clear(Message *message);

/* Takes a file descriptor away from the message; -1 if it has no such. */
int message_steal_fd(Message *message, size_t index);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Message, message_clear)

/* Waits for a message; false with an error, or without one if the peer has closed the socket or
 * @stop_fd, which is only polled, has become readable. */
bool channel_receive(int fd, int stop_fd, Message *message, GError **error);

/* Sends a message; its fds stay the caller's. */
bool channel_send(int fd, const Message *message, GError **error);
