/* SPDX-License-Identifier: BSD-3-Clause */
/* guest-buffer.c: the pieces of guest memory that a request consists of, laid end to end. */
#include "guest-buffer.h"

#include <string.h>

void
guest_buffer_clear(GuestBuffer *buffer)
{
    buffer->length = 0;
    buffer->n = 0;
}

bool
guest_buffer_append(GuestBuffer *buffer, MemoryTable *table, uint64_t guest_address, size_t length)
{
    uint64_t end;

    if (__builtin_add_overflow(guest_address, length, &end)) {
        return false;
    }
    while (length > 0) {
        size_t piece_length = length;
        uint8_t *host = memory_table_resolve(guest_address, &piece_length, true, table);

        if (buffer->n == GUEST_BUFFER_MAX_PIECES) {
            return false;
        }
        buffer->pieces[buffer->n++] =
            (GuestPiece){ buffer->length, piece_length, guest_address, host };
        buffer->length += piece_length;
        guest_address += piece_length;
        length -= piece_length;
    }
    return true;
}

/* The last piece that starts at or before @offset. */
static const GuestPiece *
find_piece(const GuestBuffer *buffer, size_t offset)
{
    size_t low = 0;
    size_t high = buffer->n;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (buffer->pieces[middle].offset <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &buffer->pieces[low];
}

GuestPiece
guest_buffer_rest(const GuestBuffer *buffer, size_t offset)
{
    const GuestPiece *piece = find_piece(buffer, offset);
    size_t skipped = offset - piece->offset;

    return (GuestPiece){ offset, piece->length - skipped, piece->guest_address + skipped,
                         piece->host != NULL ? piece->host + skipped : NULL };
}

static bool
covers(const GuestBuffer *buffer, size_t offset, size_t length)
{
    return offset <= buffer->length && length <= buffer->length - offset;
}

bool
guest_buffer_get(const GuestBuffer *buffer, size_t offset, void *to, size_t length)
{
    uint8_t *next = to;

    if (!covers(buffer, offset, length)) {
        return false;
    }
    while (length > 0) {
        GuestPiece piece = guest_buffer_rest(buffer, offset);
        size_t step = MIN(piece.length, length);

        if (piece.host == NULL) {
            return false;
        }
        memcpy(next, piece.host, step);
        next += step;
        offset += step;
        length -= step;
    }
    return true;
}

bool
guest_buffer_put(const GuestBuffer *buffer, size_t offset, const void *from, size_t length)
{
    const uint8_t *next = from;

    if (!covers(buffer, offset, length)) {
        return false;
    }
    while (length > 0) {
        GuestPiece piece = guest_buffer_rest(buffer, offset);
        size_t step = MIN(piece.length, length);

        if (piece.host == NULL) {
            return false;
        }
        memcpy(piece.host, next, step);
        next += step;
        offset += step;
        length -= step;
    }
    return true;
}

void *
guest_buffer_resolve(uint64_t offset, size_t *length, bool for_write, void *buffer)
{
    const GuestBuffer *pieces = buffer;

    (void)for_write;
    if (offset >= pieces->length) {
        return NULL;
    }

    GuestPiece piece = guest_buffer_rest(pieces, (size_t)offset);

    *length = MIN(*length, piece.length);
    return piece.host;
}
