/* SPDX-License-Identifier: BSD-3-Clause */
/* guest-buffer.h: the pieces of guest memory that a request consists of, laid end to end. */
#pragma once

#include "memory-table.h"

enum {
    GUEST_BUFFER_MAX_PIECES = 1024
};

/* @host is NULL for memory that is not in the table: a DAX window, or nothing at all. */
typedef struct {
    size_t offset; /* in the buffer */
    size_t length;
    uint64_t guest_address;
    uint8_t *host;
} GuestPiece;

typedef struct {
    size_t length; /* of all pieces */
    size_t n;
    GuestPiece pieces[GUEST_BUFFER_MAX_PIECES];
} GuestBuffer;

void guest_buffer_clear(GuestBuffer *buffer);

/* Adds a stretch of guest memory, in as many pieces as it has in @table, which has to outlive the
 * use of the buffer; false if there would be more than GUEST_BUFFER_MAX_PIECES, or it wraps. */
bool guest_buffer_append(GuestBuffer *buffer, MemoryTable *table, uint64_t guest_address,
                         size_t length);

/* Copies from the buffer; false if it is shorter, or part of that is not in the table. */
bool guest_buffer_get(const GuestBuffer *buffer, size_t offset, void *to, size_t length);

/* Copies into the buffer, in the same way. */
bool guest_buffer_put(const GuestBuffer *buffer, size_t offset, const void *from, size_t length);

/* What there is at @offset, which must be less than the length: the rest of the piece there. */
GuestPiece guest_buffer_rest(const GuestBuffer *buffer, size_t offset);

/* A DaxwinResolveFunc by offset in a buffer in place of guest address. */
void *guest_buffer_resolve(uint64_t offset, size_t *length, bool for_write, void *buffer);
