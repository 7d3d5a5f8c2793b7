/* SPDX-License-Identifier: BSD-3-Clause */
/* front-end.h: a small vhost-user front end, with a guest, and a window that libdaxwin owns. */
#pragma once

#include "channel.h"
#include "guest.h"

#include <daxwin/window.h>

#include <pthread.h>
#include <stdatomic.h>

enum {
    FRONT_END_QUEUES = 3, /* one for FUSE_FORGET, two for requests */
    FRONT_END_QUEUE_SIZE = 64,
    FRONT_END_WINDOW = 0x10000000,   /* where the guest sees the window */
    FRONT_END_WINDOW_SIZE = 0x800000 /* four pieces of what Linux maps at a time */
};

/* Numbers of bits. */
enum {
    FRONT_END_MQ = 0,
    FRONT_END_REPLY_ACK = 3,
    FRONT_END_BACKEND_REQ = 5,
    FRONT_END_SEND_FD = 10
};

typedef struct {
    Driver driver;
    int kick;
    int call;
    int error;
} FrontEndQueue;

/* What has been asked on the back-end channel. */
typedef struct {
    atomic_uint served;
    atomic_uint maps;
    atomic_uint unmaps;
    atomic_uint transfers;
    atomic_uint transfer_flags; /* of the last one */
    atomic_size_t entries;      /* of the last request of any kind */
} FrontEndCounts;

typedef struct {
    int fd; /* to the daemon */
    Guest guest;
    FrontEndQueue queues[FRONT_END_QUEUES];
    DaxwinWindow *window;
    FrontEndCounts counts;
    atomic_bool is_mute; /* the back-end channel is read, but not answered */
    int backend_fd;      /* our end of the back-end channel, -1 for none */
    pthread_t server;
} FrontEnd;

/* Takes the connection; false if the host has no memory for all that. */
bool front_end_open(FrontEnd *front_end, int fd);

void front_end_close(FrontEnd *front_end);

/* Sends a request of these bytes, with an fd (-1 for none). */
bool front_end_send(const FrontEnd *front_end, uint32_t request, uint32_t flags,
                    const void *payload, uint32_t size, int fd);

/* Receives a reply that is a number; UINT64_MAX if there is none. */
uint64_t front_end_receive(const FrontEnd *front_end, uint32_t request);

/* Sends a request and asks whether it has worked: 0, not 0, or UINT64_MAX for no answer. */
uint64_t front_end_ask(const FrontEnd *front_end, uint32_t request, const void *payload,
                       uint32_t size, int fd);

/* The steps that lead to a device that works; false if the daemon does not go along. Without
 * @has_window there is no back-end channel. */
bool front_end_negotiate(FrontEnd *front_end, uint64_t more_features, bool has_window);
bool front_end_share_memory(const FrontEnd *front_end);
bool front_end_start_queue(FrontEnd *front_end, unsigned index, uint16_t base);

/* All of them at once. */
bool front_end_start(FrontEnd *front_end, bool has_window);

/* Stops a queue; the index of the next request, or -1. */
int front_end_stop_queue(const FrontEnd *front_end, unsigned index);

void front_end_kick(const FrontEnd *front_end, unsigned queue);

/* Waits until an eventfd is signalled, for some seconds at most. */
bool front_end_wait(int eventfd);

typedef struct {
    uint64_t address;
    uint32_t length;
    bool is_writable;
} FrontEndPiece;

/* Puts a chain of pieces in front of a queue, from descriptor @first on. */
void front_end_offer(FrontEnd *front_end, unsigned queue, uint16_t first,
                     const FrontEndPiece *pieces, size_t n);

/* Offers a chain, and waits for its end: how many bytes were written, or -1. */
int64_t front_end_run(FrontEnd *front_end, unsigned queue, const FrontEndPiece *pieces, size_t n);
