/* SPDX-License-Identifier: BSD-3-Clause */
/* file-transfer.h: bytes between a file and the buffer of a request, without a copy in between. */
#pragma once

#include "backend-channel.h"
#include "guest-buffer.h"

typedef struct {
    int fd;
    uint64_t file_offset;
    GuestBuffer *buffer;
    size_t start; /* in the buffer */
    size_t length;
    bool to_guest;
    bool drop_fsetid; /* for writes: strip set-id bits of the file */
} FileTransfer;

/*
 * Moves them, or asks the front end to where the buffer is not in guest memory: it is in a DAX
 * window then, and only the front end knows what is there. The end of the file ends it. @done is
 * right also after a failure; 0 or an errno.
 */
int file_transfer_run(BackendChannel *backend, const FileTransfer *transfer, size_t *done);
