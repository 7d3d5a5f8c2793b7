/* SPDX-License-Identifier: BSD-3-Clause */
/* serve.c: one call for each request that a vhost-user backend can send about a window. */
#include <daxwin/serve.h>

#include "error-private.h"

#include <inttypes.h>

/* The reply word for the end of a request: 0, or the negative errno of the first failure. */
static uint64_t
reply_with(GError *failure, GError **error)
{
    int64_t reply = 0;

    if (failure != NULL) {
        reply = -(int64_t)daxwin_error_to_errno(failure);
        g_debug("request refused: %s", failure->message);
        g_propagate_error(error, failure);
    }
    return (uint64_t)reply;
}

static bool
check_window(const DaxwinWindow *window, GError **error)
{
    if (window == NULL) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_NO_WINDOW,
                            "the device has no window");
        return false;
    }
    return true;
}

static bool
check_has_entries(size_t n, GError **error)
{
    if (n == 0) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE, "message has no entries");
        return false;
    }
    return true;
}

/* Entry flags have the same bits as DaxwinAccess, and the decoder lets no others through. */
G_STATIC_ASSERT((int)DAXWIN_FS_ENTRY_READ == (int)DAXWIN_ACCESS_READ);
G_STATIC_ASSERT((int)DAXWIN_FS_ENTRY_WRITE == (int)DAXWIN_ACCESS_WRITE);

/* The mappings that a message asks for; entries of length 0 ask for none. */
static size_t
collect_mappings(const DaxwinFsMessage *message, DaxwinMapping *mappings)
{
    size_t n = 0;

    for (size_t i = 0; i < message->n_entries; i++) {
        const DaxwinFsEntry *entry = &message->entries[i];

        if (entry->length != 0) {
            mappings[n++] = (DaxwinMapping){ entry->cache_offset, entry->file_offset, entry->length,
                                             (DaxwinAccess)entry->flags };
        }
    }
    return n;
}

static bool
map_entries(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload, size_t length,
            int fd, GError **error)
{
    DaxwinFsMessage message;
    DaxwinMapping mappings[DAXWIN_FS_MESSAGE_MAX_ENTRIES];
    size_t n;

    if (!daxwin_fs_message_decode(dialect, payload, length, &message, error)) {
        return false;
    }
    n = collect_mappings(&message, mappings);
    return check_has_entries(n, error) && check_window(window, error) &&
           daxwin_window_map_batch(window, fd, mappings, n, error);
}

uint64_t
daxwin_serve_fs_map(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload,
                    size_t length, int fd, GError **error)
{
    GError *failure = NULL;

    (void)map_entries(window, dialect, payload, length, fd, &failure);
    return reply_with(failure, error);
}

/* Whether a message asks for the whole window, in whatever way its sender says so. */
static bool
means_everything(DaxwinFsDialect dialect, const DaxwinFsMessage *message)
{
    for (size_t i = 0; i < message->n_entries; i++) {
        if (message->entries[i].length == DAXWIN_FS_LENGTH_ALL) {
            return true;
        }
    }
    return dialect == DAXWIN_FS_DIALECT_ENTRIES && message->n_entries == 0;
}

/* The ranges that a message names one by one. */
static size_t
collect_ranges(const DaxwinFsMessage *message, DaxwinRange *ranges)
{
    size_t n = 0;

    for (size_t i = 0; i < message->n_entries; i++) {
        const DaxwinFsEntry *entry = &message->entries[i];

        if (entry->length != 0 && entry->length != DAXWIN_FS_LENGTH_ALL) {
            ranges[n++] = (DaxwinRange){ entry->cache_offset, entry->length };
        }
    }
    return n;
}

static bool
unmap_entries(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload, size_t length,
              GError **error)
{
    DaxwinFsMessage message;
    DaxwinRange ranges[DAXWIN_FS_MESSAGE_MAX_ENTRIES];
    bool is_everything;
    bool is_done;

    if (!daxwin_fs_message_decode(dialect, payload, length, &message, error)) {
        return false;
    }
    is_everything = means_everything(dialect, &message);
    if (window == NULL) {
        return is_everything || check_window(window, error);
    }
    is_done = daxwin_window_unmap_batch(window, ranges, collect_ranges(&message, ranges), error);
    if (is_everything) {
        is_done = daxwin_window_clear(window, is_done ? error : NULL) && is_done;
    }
    return is_done;
}

uint64_t
daxwin_serve_fs_unmap(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload,
                      size_t length, GError **error)
{
    GError *failure = NULL;

    (void)unmap_entries(window, dialect, payload, length, &failure);
    return reply_with(failure, error);
}

static bool
sync_entries(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload, size_t length,
             GError **error)
{
    DaxwinFsMessage message;
    bool is_done = true;

    if (!daxwin_fs_message_decode(dialect, payload, length, &message, error) ||
        !check_has_entries(message.n_entries, error) || !check_window(window, error)) {
        return false;
    }
    for (size_t i = 0; i < message.n_entries; i++) {
        const DaxwinFsEntry *entry = &message.entries[i];

        if (entry->length != 0) {
            is_done = daxwin_window_sync(window, entry->cache_offset, entry->length,
                                         is_done ? error : NULL) &&
                      is_done;
        }
    }
    return is_done;
}

uint64_t
daxwin_serve_fs_sync(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload,
                     size_t length, GError **error)
{
    GError *failure = NULL;

    (void)sync_entries(window, dialect, payload, length, &failure);
    return reply_with(failure, error);
}

/* Which way an entry of FS_IO goes. Speakers disagree on what both flags together mean. */
static bool
find_direction(uint64_t flags, DaxwinDirection *direction, GError **error)
{
    if (flags == DAXWIN_FS_ENTRY_READ) {
        *direction = DAXWIN_TRANSFER_TO_GUEST;
        return true;
    }
    if (flags == DAXWIN_FS_ENTRY_WRITE) {
        *direction = DAXWIN_TRANSFER_FROM_GUEST;
        return true;
    }
    g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS,
                "flags 0x%" PRIx64 " do not ask for exactly one of reading and writing", flags);
    return false;
}

/* The transfers that a message asks for; entries of length 0 ask for none. */
static bool
collect_transfers(const DaxwinFsMessage *message, DaxwinTransfer *transfers, size_t *n,
                  GError **error)
{
    *n = 0;
    for (size_t i = 0; i < message->n_entries; i++) {
        const DaxwinFsEntry *entry = &message->entries[i];
        DaxwinTransfer *transfer = &transfers[*n];

        if (entry->length == 0) {
            continue;
        }
        *transfer = (DaxwinTransfer){ entry->file_offset, entry->cache_offset, entry->length, 0 };
        if (!find_direction(entry->flags, &transfer->direction, error)) {
            return false;
        }
        (*n)++;
    }
    return true;
}

static DaxwinTransferFlags
transfer_flags(const DaxwinFsMessage *message)
{
    return (message->flags & DAXWIN_FS_MESSAGE_DROP_FSETID) != 0 ? DAXWIN_TRANSFER_DROP_FSETID
                                                                 : DAXWIN_TRANSFER_DEFAULT;
}

uint64_t
daxwin_serve_fs_io(DaxwinFsDialect dialect, const void *payload, size_t length, int fd,
                   DaxwinResolveFunc resolve, void *user_data, GError **error)
{
    GError *failure = NULL;
    DaxwinFsMessage message;
    DaxwinTransfer transfers[DAXWIN_FS_MESSAGE_MAX_ENTRIES];
    size_t n = 0;
    uint64_t done = 0;
    bool is_done = daxwin_fs_message_decode(dialect, payload, length, &message, &failure) &&
                   check_has_entries(message.n_entries, &failure) &&
                   collect_transfers(&message, transfers, &n, &failure) &&
                   daxwin_transfer_run(fd, transfers, n, transfer_flags(&message), resolve,
                                       user_data, &done, &failure);

    return is_done ? done : reply_with(failure, error);
}

/* Decodes a payload and finds the window it is about. */
static bool
open_shmem(DaxwinWindow *const *windows, size_t n_windows, const void *payload, size_t length,
           DaxwinShmemMessage *message, GError **error)
{
    if (!daxwin_shmem_message_decode(payload, length, message, error)) {
        return false;
    }
    if (message->shmid >= n_windows || windows[message->shmid] == NULL) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_NO_WINDOW,
                    "the device has no shared memory region %u", message->shmid);
        return false;
    }
    return true;
}

static DaxwinAccess
access_of(const DaxwinShmemMessage *message)
{
    return (message->flags & DAXWIN_SHMEM_READ_WRITE) != 0
               ? (DaxwinAccess)(DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE)
               : DAXWIN_ACCESS_READ;
}

uint64_t
daxwin_serve_shmem_map(DaxwinWindow *const *windows, size_t n_windows, const void *payload,
                       size_t length, int fd, GError **error)
{
    GError *failure = NULL;
    DaxwinShmemMessage message;

    if (open_shmem(windows, n_windows, payload, length, &message, &failure)) {
        DaxwinMapping mapping = { message.shm_offset, message.file_offset, message.length,
                                  access_of(&message) };

        (void)daxwin_window_map(windows[message.shmid], fd, &mapping, &failure);
    }
    return reply_with(failure, error);
}

uint64_t
daxwin_serve_shmem_unmap(DaxwinWindow *const *windows, size_t n_windows, const void *payload,
                         size_t length, GError **error)
{
    GError *failure = NULL;
    DaxwinShmemMessage message;

    if (open_shmem(windows, n_windows, payload, length, &message, &failure)) {
        (void)daxwin_window_unmap(windows[message.shmid], message.shm_offset, message.length,
                                  &failure);
    }
    return reply_with(failure, error);
}
