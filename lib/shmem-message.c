/* SPDX-License-Identifier: BSD-3-Clause */
/* shmem-message.c: the vhost-user messages for shared memory regions as bytes. */
#include "error-private.h"
#include "payload.h"

#include <daxwin/shmem-message.h>

#include <inttypes.h>
#include <string.h>

enum {
    KNOWN_FLAGS = DAXWIN_SHMEM_READ_WRITE
};

typedef struct {
    uint8_t shmid;
    uint8_t padding[7];
    uint64_t fd_offset;
    uint64_t shm_offset;
    uint64_t len;
    uint64_t flags;
} WireMessage;

typedef struct {
    uint32_t nregions; /* how many of the sizes are not 0 */
    uint32_t padding;
    uint64_t memory_sizes[DAXWIN_SHMEM_MAX_REGIONS];
} WireConfig;

G_STATIC_ASSERT(sizeof(WireMessage) == DAXWIN_SHMEM_MESSAGE_LENGTH);
G_STATIC_ASSERT(sizeof(WireConfig) == DAXWIN_SHMEM_CONFIG_LENGTH);

bool
daxwin_shmem_message_decode(const void *payload, size_t length, DaxwinShmemMessage *out,
                            GError **error)
{
    g_return_val_if_fail(payload != NULL && out != NULL, false);

    WireMessage wire;

    if (!daxwin_payload_check_length(length, sizeof wire, error)) {
        return false;
    }
    memcpy(&wire, payload, sizeof wire);
    if ((wire.flags & ~(uint64_t)KNOWN_FLAGS) != 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "flags 0x%" PRIx64 " have unknown bits, only 0x%x are known", wire.flags,
                    KNOWN_FLAGS);
        return false;
    }
    *out =
        (DaxwinShmemMessage){ wire.shmid, wire.fd_offset, wire.shm_offset, wire.len, wire.flags };
    return true;
}

bool
daxwin_shmem_message_encode(const DaxwinShmemMessage *message, void *payload, size_t capacity,
                            size_t *length, GError **error)
{
    g_return_val_if_fail(message != NULL && payload != NULL && length != NULL, false);

    WireMessage wire = { message->shmid,      { 0 },           message->file_offset,
                         message->shm_offset, message->length, message->flags };

    if (!daxwin_payload_check_room(sizeof wire, capacity, error)) {
        return false;
    }
    memcpy(payload, &wire, sizeof wire);
    *length = sizeof wire;
    return true;
}

static uint32_t
count_regions(const uint64_t *sizes)
{
    uint32_t count = 0;

    for (size_t i = 0; i < DAXWIN_SHMEM_MAX_REGIONS; i++) {
        count += sizes[i] != 0;
    }
    return count;
}

bool
daxwin_shmem_config_decode(const void *payload, size_t length, DaxwinShmemConfig *out,
                           GError **error)
{
    g_return_val_if_fail(payload != NULL && out != NULL, false);

    WireConfig wire;

    if (!daxwin_payload_check_length(length, sizeof wire, error)) {
        return false;
    }
    memcpy(&wire, payload, sizeof wire);
    if (wire.nregions != count_regions(wire.memory_sizes)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "payload announces %" PRIu32 " regions, but gives the sizes of %" PRIu32,
                    wire.nregions, count_regions(wire.memory_sizes));
        return false;
    }
    memcpy(out->sizes, wire.memory_sizes, sizeof out->sizes);
    return true;
}

bool
daxwin_shmem_config_encode(const DaxwinShmemConfig *config, void *payload, size_t capacity,
                           size_t *length, GError **error)
{
    g_return_val_if_fail(config != NULL && payload != NULL && length != NULL, false);

    WireConfig wire = { .nregions = count_regions(config->sizes) };

    if (!daxwin_payload_check_room(sizeof wire, capacity, error)) {
        return false;
    }
    memcpy(wire.memory_sizes, config->sizes, sizeof wire.memory_sizes);
    memcpy(payload, &wire, sizeof wire);
    *length = sizeof wire;
    return true;
}
