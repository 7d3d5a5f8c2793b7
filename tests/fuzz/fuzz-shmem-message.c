/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-shmem-message.c: any bytes as a payload of SHMEM_MAP and SHMEM_UNMAP. */
#include "fuzz/fuzz.h"

#include <daxwin/error.h>
#include <daxwin/shmem-message.h>

static bool
is_same_message(const DaxwinShmemMessage *a, const DaxwinShmemMessage *b)
{
    return a->shmid == b->shmid && a->file_offset == b->file_offset &&
           a->shm_offset == b->shm_offset && a->length == b->length && a->flags == b->flags;
}

static void
say_again(const DaxwinShmemMessage *message)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    size_t length = 0;
    DaxwinShmemMessage again;

    must(daxwin_shmem_message_encode(message, payload, sizeof payload, &length, NULL));
    must(daxwin_shmem_message_decode(payload, length, &again, NULL));
    must(is_same_message(message, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nothing[1];
    DaxwinShmemMessage message;
    g_autoptr(GError) error = NULL;

    if (daxwin_shmem_message_decode(data != NULL ? data : nothing, size, &message, &error)) {
        must(error == NULL);
        say_again(&message);
    } else {
        must(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    }
    return 0;
}
