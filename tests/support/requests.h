/* SPDX-License-Identifier: BSD-3-Clause */
/* requests.h: payloads as a backend would send them. */
#pragma once

#include "pages.h"

#include <daxwin/fs-message.h>
#include <daxwin/shmem-message.h>
#include <glib.h>

typedef struct {
    uint8_t bytes[DAXWIN_FS_MESSAGE_MAX_LENGTH];
    size_t length;
} Payload;

/* What an entry of length @length asks for, counted in pages. */
static inline DaxwinFsEntry
entry_of_pages(uint64_t cache_page, uint64_t file_page, uint64_t length, uint64_t flags)
{
    return (DaxwinFsEntry){ pages(file_page), pages(cache_page), pages(length), flags };
}

static inline Payload
fs_payload(DaxwinFsDialect dialect, uint32_t flags, const DaxwinFsEntry *entries, size_t n)
{
    DaxwinFsMessage message = { .flags = flags, .n_entries = n };
    Payload payload = { .length = 0 };

    for (size_t i = 0; i < n; i++) {
        message.entries[i] = entries[i];
    }
    (void)daxwin_fs_message_encode(dialect, &message, payload.bytes, sizeof payload.bytes,
                                   &payload.length, NULL);
    return payload;
}

/* The payload with one entry, in DAXWIN_FS_DIALECT_ENTRIES. */
static inline Payload
fs_payload_of(DaxwinFsEntry entry)
{
    return fs_payload(DAXWIN_FS_DIALECT_ENTRIES, 0, &entry, 1);
}

static inline Payload
shmem_payload(uint8_t shmid, uint64_t shm_page, uint64_t file_page, uint64_t length, uint64_t flags)
{
    DaxwinShmemMessage message = { shmid, pages(file_page), pages(shm_page), pages(length), flags };
    Payload payload = { .length = 0 };

    (void)daxwin_shmem_message_encode(&message, payload.bytes, sizeof payload.bytes,
                                      &payload.length, NULL);
    return payload;
}
