/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-client.h: FUSE requests as the kernel of a guest makes them. */
#pragma once

#include "front-end.h"

#include <linux/fuse.h>

/* Requests go through this queue, unless another is chosen. One client for each thread and queue.
 */
typedef struct {
    FrontEnd *front_end;
    unsigned queue;
    uint32_t user; /* on whose behalf */
    uint32_t group;
    uint64_t unique;
    uint32_t answer_length; /* of the last answer, without its header */
} FuseClient;

FuseClient fuse_client_new(FrontEnd *front_end, unsigned queue);

/* What to ask: a structure, bytes behind that (names with their NULs), and then pieces of memory.
 */
typedef struct {
    uint32_t opcode;
    uint64_t node;
    const void *structure;
    size_t structure_length;
    const void *rest;
    size_t rest_length;
    const FrontEndPiece *pieces; /* for data, at most 16; behind the answer's header if writable */
    size_t n_pieces;
} FuseQuestion;

/* Asks, and copies the answer; 0, a positive errno, or -1 if there is no answer, or no sound one.
 */
int fuse_client_ask(FuseClient *client, const FuseQuestion *question, void *answer, size_t room);

/* The same for common questions. */
int fuse_client_init(FuseClient *client, struct fuse_init_out *answer);
int fuse_client_look_up(FuseClient *client, uint64_t parent, const char *name,
                        struct fuse_entry_out *entry);
int fuse_client_open(FuseClient *client, uint64_t node, uint32_t flags, uint64_t *handle);
int fuse_client_create(FuseClient *client, const char *name, uint32_t flags, uint32_t mode,
                       uint64_t *node, uint64_t *handle);
int fuse_client_read(FuseClient *client, uint64_t handle, uint64_t offset, void *to,
                     uint32_t length);
int fuse_client_write(FuseClient *client, uint64_t handle, uint64_t offset, const void *from,
                      uint32_t length);
int fuse_client_forget(FuseClient *client, uint64_t node, uint64_t lookups);

/* Reads into, or writes from, pieces of guest memory. */
int fuse_client_read_to(FuseClient *client, uint64_t handle, uint64_t offset,
                        const FrontEndPiece *pieces, size_t n);
int fuse_client_write_from(FuseClient *client, uint64_t handle, uint64_t offset, uint32_t flags,
                           const FrontEndPiece *pieces, size_t n);

int fuse_client_map(FuseClient *client, uint64_t node, uint64_t file_offset, uint64_t window_offset,
                    uint64_t length, uint64_t flags);
int fuse_client_unmap(FuseClient *client, const struct fuse_removemapping_one *ranges, uint32_t n);
