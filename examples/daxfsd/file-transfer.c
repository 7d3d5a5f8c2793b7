/* SPDX-License-Identifier: BSD-3-Clause */
/* file-transfer.c: bytes between a file and the buffer of a request, without a copy in between. */
#include "file-transfer.h"

#include "log.h"

#include <daxwin/error.h>
#include <daxwin/transfer.h>

#include <errno.h>

/* How much of @transfer, from @start on, is all in guest memory, or all elsewhere. */
static size_t
measure_stretch(const FileTransfer *transfer, size_t start, bool *is_memory)
{
    size_t end = transfer->start + transfer->length;
    size_t position = start;

    *is_memory = guest_buffer_rest(transfer->buffer, start).host != NULL;
    while (position < end) {
        GuestPiece piece = guest_buffer_rest(transfer->buffer, position);

        if ((piece.host != NULL) != *is_memory) {
            break;
        }
        position += piece.length;
    }
    return MIN(position, end) - start;
}

/* The library asks for guest addresses, and is given offsets in the buffer: so the pieces of
 * the request go into few system calls. */
static int
move_in_memory(const FileTransfer *part, size_t *done)
{
    const DaxwinTransfer transfer = {
        .file_offset = part->file_offset,
        .guest_address = part->start,
        .length = part->length,
        .direction = part->to_guest ? DAXWIN_TRANSFER_TO_GUEST : DAXWIN_TRANSFER_FROM_GUEST,
    };
    g_autoptr(GError) error = NULL;
    uint64_t moved;
    bool is_done = daxwin_transfer_run(part->fd, &transfer, 1,
                                       part->drop_fsetid ? DAXWIN_TRANSFER_DROP_FSETID
                                                         : DAXWIN_TRANSFER_DEFAULT,
                                       guest_buffer_resolve, part->buffer, &moved, &error);

    *done = (size_t)moved;
    if (!is_done) {
        log_detail("transfer: %s", error->message);
        return daxwin_error_to_errno(error);
    }
    return 0;
}

/* The first pieces of @part, as many as a message has room for; returns how many bytes. */
static size_t
fill_message(const FileTransfer *part, DaxwinFsMessage *message)
{
    size_t filled = 0;

    message->flags = part->drop_fsetid && !part->to_guest ? DAXWIN_FS_MESSAGE_DROP_FSETID : 0;
    for (message->n_entries = 0;
         filled < part->length && message->n_entries < DAXWIN_FS_MESSAGE_MAX_ENTRIES;
         message->n_entries++) {
        GuestPiece piece = guest_buffer_rest(part->buffer, part->start + filled);

        piece.length = MIN(piece.length, part->length - filled);
        message->entries[message->n_entries] = (DaxwinFsEntry){
            .file_offset = part->file_offset + filled,
            .cache_offset = piece.guest_address,
            .length = piece.length,
            .flags = part->to_guest ? DAXWIN_FS_ENTRY_READ : DAXWIN_FS_ENTRY_WRITE,
        };
        filled += piece.length;
    }
    return filled;
}

static int
move_by_front_end(BackendChannel *backend, const FileTransfer *part, size_t *done)
{
    FileTransfer rest = *part;

    while (rest.length > 0) {
        DaxwinFsMessage message;
        size_t asked = fill_message(&rest, &message);
        int64_t moved = backend_channel_call(backend, DAXWIN_FS_QEMU_2021_IO, &message, rest.fd);

        *done = part->length - rest.length;
        if (moved < 0 || (uint64_t)moved > asked) {
            return backend_reply_to_errno(moved);
        }
        *done += (size_t)moved;
        if ((size_t)moved < asked) {
            return 0;
        }
        rest.file_offset += asked;
        rest.start += asked;
        rest.length -= asked;
    }
    return 0;
}

int
file_transfer_run(BackendChannel *backend, const FileTransfer *transfer, size_t *done)
{
    *done = 0;
    while (*done < transfer->length) {
        FileTransfer part = *transfer;
        bool is_memory;
        size_t moved;
        int result;

        part.start += *done;
        part.file_offset += *done;
        part.length = measure_stretch(transfer, part.start, &is_memory);
        result =
            is_memory ? move_in_memory(&part, &moved) : move_by_front_end(backend, &part, &moved);
        *done += moved;
        if (result != 0 || moved < part.length) {
            return result;
        }
    }
    return 0;
}
