/* SPDX-License-Identifier: BSD-3-Clause */
/* fs-message.c: the vhost-user messages FS_MAP, FS_UNMAP, FS_SYNC and FS_IO as bytes. */
#include "error-private.h"
#include "payload.h"

#include <daxwin/fs-message.h>

#include <inttypes.h>
#include <string.h>

enum {
    KNOWN_MESSAGE_FLAGS = DAXWIN_FS_MESSAGE_DROP_FSETID,
    KNOWN_ENTRY_FLAGS = DAXWIN_FS_ENTRY_READ | DAXWIN_FS_ENTRY_WRITE,
    FIXED8_SLOTS = 8
};

/* The header of DAXWIN_FS_DIALECT_ENTRIES; wire entries follow. Nobody has used the last field. */
typedef struct {
    uint32_t flags;
    uint16_t count;
    uint16_t spare;
} WireHeader;

typedef struct {
    uint64_t fd_offset;
    uint64_t c_offset;
    uint64_t len;
    uint64_t flags;
} WireEntry;

/* All of DAXWIN_FS_DIALECT_FIXED8. */
typedef struct {
    uint64_t fd_offset[FIXED8_SLOTS];
    uint64_t c_offset[FIXED8_SLOTS];
    uint64_t len[FIXED8_SLOTS];
    uint64_t flags[FIXED8_SLOTS];
} WireFixed8;

G_STATIC_ASSERT(sizeof(WireHeader) == 8);
G_STATIC_ASSERT(sizeof(WireEntry) == 32);
G_STATIC_ASSERT(sizeof(WireFixed8) == 256);
G_STATIC_ASSERT(sizeof(WireHeader) + DAXWIN_FS_MESSAGE_MAX_ENTRIES * sizeof(WireEntry) ==
                DAXWIN_FS_MESSAGE_MAX_LENGTH);

static bool
check_message_flags(uint32_t flags, GError **error)
{
    if ((flags & ~(uint32_t)KNOWN_MESSAGE_FLAGS) != 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "message flags 0x%" PRIx32 " have unknown bits, only 0x%x are known", flags,
                    KNOWN_MESSAGE_FLAGS);
        return false;
    }
    return true;
}

static bool
check_entry_flags(const DaxwinFsMessage *message, GError **error)
{
    for (size_t i = 0; i < message->n_entries; i++) {
        uint64_t flags = message->entries[i].flags;

        if (message->entries[i].length != 0 && (flags & ~(uint64_t)KNOWN_ENTRY_FLAGS) != 0) {
            g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                        "flags 0x%" PRIx64 " of entry %zu have unknown bits, only 0x%x are known",
                        flags, i, KNOWN_ENTRY_FLAGS);
            return false;
        }
    }
    return true;
}

static bool
check_entries_length(const WireHeader *header, size_t length, GError **error)
{
    size_t expected = sizeof *header + header->count * sizeof(WireEntry);

    if (header->count > DAXWIN_FS_MESSAGE_MAX_ENTRIES) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "payload announces %u entries, more than %d", header->count,
                    DAXWIN_FS_MESSAGE_MAX_ENTRIES);
        return false;
    }
    if (length != expected) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "payload of %zu bytes announces %u entries, which take %zu", length,
                    header->count, expected);
        return false;
    }
    return true;
}

static bool
decode_entries(const void *payload, size_t length, DaxwinFsMessage *message, GError **error)
{
    const uint8_t *bytes = payload;
    WireHeader header;

    if (length < sizeof header) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "payload of %zu bytes is shorter than its header of %zu", length,
                    sizeof header);
        return false;
    }
    memcpy(&header, bytes, sizeof header);
    if (!check_entries_length(&header, length, error)) {
        return false;
    }
    for (size_t i = 0; i < header.count; i++) {
        WireEntry entry;

        memcpy(&entry, bytes + sizeof header + i * sizeof entry, sizeof entry);
        message->entries[i] =
            (DaxwinFsEntry){ entry.fd_offset, entry.c_offset, entry.len, entry.flags };
    }
    message->flags = header.flags;
    message->n_entries = header.count;
    return true;
}

static bool
decode_fixed8(const void *payload, size_t length, DaxwinFsMessage *message, GError **error)
{
    WireFixed8 wire;

    if (!daxwin_payload_check_length(length, sizeof wire, error)) {
        return false;
    }
    memcpy(&wire, payload, sizeof wire);
    message->flags = 0;
    message->n_entries = 0;
    for (size_t i = 0; i < FIXED8_SLOTS; i++) {
        if (wire.len[i] != 0) {
            message->entries[message->n_entries++] =
                (DaxwinFsEntry){ wire.fd_offset[i], wire.c_offset[i], wire.len[i], wire.flags[i] };
        }
    }
    return true;
}

/* A failure like any other, for without an error a request would seem to be answered. */
static bool
set_no_layout(DaxwinFsDialect dialect, GError **error)
{
    g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE, "no layout has number %d", (int)dialect);
    return false;
}

static bool
decode_layout(DaxwinFsDialect dialect, const void *payload, size_t length, DaxwinFsMessage *message,
              GError **error)
{
    switch (dialect) {
    case DAXWIN_FS_DIALECT_ENTRIES:
        return decode_entries(payload, length, message, error);
    case DAXWIN_FS_DIALECT_FIXED8:
        return decode_fixed8(payload, length, message, error);
    }
    return set_no_layout(dialect, error);
}

bool
daxwin_fs_message_decode(DaxwinFsDialect dialect, const void *payload, size_t length,
                         DaxwinFsMessage *out, GError **error)
{
    g_return_val_if_fail(payload != NULL && out != NULL, false);

    DaxwinFsMessage message;

    if (!decode_layout(dialect, payload, length, &message, error) ||
        !check_message_flags(message.flags, error) || !check_entry_flags(&message, error)) {
        return false;
    }
    *out = message;
    return true;
}

static bool
check_count(const DaxwinFsMessage *message, size_t limit, GError **error)
{
    if (message->n_entries > limit) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "message has %zu entries, but its layout only has room for %zu",
                    message->n_entries, limit);
        return false;
    }
    return true;
}

static bool
encode_entries(const DaxwinFsMessage *message, uint8_t *payload, size_t capacity, size_t *length,
               GError **error)
{
    WireHeader header = { message->flags, (uint16_t)message->n_entries, 0 };
    size_t needed = sizeof header + message->n_entries * sizeof(WireEntry);

    if (!daxwin_payload_check_room(needed, capacity, error)) {
        return false;
    }
    memcpy(payload, &header, sizeof header);
    for (size_t i = 0; i < message->n_entries; i++) {
        const DaxwinFsEntry *from = &message->entries[i];
        WireEntry entry = { from->file_offset, from->cache_offset, from->length, from->flags };

        memcpy(payload + sizeof header + i * sizeof entry, &entry, sizeof entry);
    }
    *length = needed;
    return true;
}

static bool
encode_fixed8(const DaxwinFsMessage *message, uint8_t *payload, size_t capacity, size_t *length,
              GError **error)
{
    WireFixed8 wire = { 0 };

    if (message->flags != 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "message flags 0x%" PRIx32 " have no place in the layout of eight slots",
                    message->flags);
        return false;
    }
    if (!daxwin_payload_check_room(sizeof wire, capacity, error)) {
        return false;
    }
    for (size_t i = 0; i < message->n_entries; i++) {
        wire.fd_offset[i] = message->entries[i].file_offset;
        wire.c_offset[i] = message->entries[i].cache_offset;
        wire.len[i] = message->entries[i].length;
        wire.flags[i] = message->entries[i].flags;
    }
    memcpy(payload, &wire, sizeof wire);
    *length = sizeof wire;
    return true;
}

bool
daxwin_fs_message_encode(DaxwinFsDialect dialect, const DaxwinFsMessage *message, void *payload,
                         size_t capacity, size_t *length, GError **error)
{
    g_return_val_if_fail(message != NULL && payload != NULL && length != NULL, false);

    switch (dialect) {
    case DAXWIN_FS_DIALECT_ENTRIES:
        return check_count(message, DAXWIN_FS_MESSAGE_MAX_ENTRIES, error) &&
               encode_entries(message, payload, capacity, length, error);
    case DAXWIN_FS_DIALECT_FIXED8:
        return check_count(message, FIXED8_SLOTS, error) &&
               encode_fixed8(message, payload, capacity, length, error);
    }
    return set_no_layout(dialect, error);
}
