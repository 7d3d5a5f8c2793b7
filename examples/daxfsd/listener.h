/* SPDX-License-Identifier: BSD-3-Clause */
/* listener.h: the socket that a VMM connects to. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    int fd;
    char *path;   /* removed when it is closed, if it is still the same socket */
    ino_t number; /* of the socket's inode */
} Listener;

/* Replaces a socket that is there already; false with an error. */
bool listener_open(Listener *listener, const char *path, GError **error);

void listener_close(Listener *listener);

/* Waits for somebody; -1 with an error, or without one if @stop_fd, which is only polled, has
 * become readable. */
int listener_accept(const Listener *listener, int stop_fd, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listener, listener_close)
