/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-fs-message.c: any bytes as a payload of FS_MAP and its like, in both layouts. */
#include "fuzz/fuzz.h"

#include <daxwin/error.h>
#include <daxwin/fs-message.h>
#include <string.h>

static bool
is_same_message(const DaxwinFsMessage *a, const DaxwinFsMessage *b)
{
    return a->flags == b->flags && a->n_entries == b->n_entries &&
           memcmp(a->entries, b->entries, a->n_entries * sizeof a->entries[0]) == 0;
}

/* What has been decoded can be said again, and means the same then. */
static void
say_again(DaxwinFsDialect dialect, const DaxwinFsMessage *message)
{
    uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH];
    size_t length = 0;
    DaxwinFsMessage again;

    must(daxwin_fs_message_encode(dialect, message, payload, sizeof payload, &length, NULL));
    must(daxwin_fs_message_decode(dialect, payload, length, &again, NULL));
    must(is_same_message(message, &again));
}

static void
decode(DaxwinFsDialect dialect, const uint8_t *data, size_t size)
{
    DaxwinFsMessage message;
    g_autoptr(GError) error = NULL;

    if (daxwin_fs_message_decode(dialect, data, size, &message, &error)) {
        must(error == NULL);
        say_again(dialect, &message);
    } else {
        must(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nothing[1];

    decode(DAXWIN_FS_DIALECT_ENTRIES, data != NULL ? data : nothing, size);
    decode(DAXWIN_FS_DIALECT_FIXED8, data != NULL ? data : nothing, size);
    return 0;
}
