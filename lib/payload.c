/* SPDX-License-Identifier: BSD-3-Clause */
/* payload.c: the length checks that all message layouts share. */
#include "payload.h"

#include "error-private.h"

bool
daxwin_payload_check_length(size_t length, size_t expected, GError **error)
{
    if (length != expected) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "payload has %zu bytes instead of %zu", length, expected);
        return false;
    }
    return true;
}

bool
daxwin_payload_check_room(size_t needed, size_t capacity, GError **error)
{
    if (needed > capacity) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                    "payload takes %zu bytes, but there is room for %zu", needed, capacity);
        return false;
    }
    return true;
}
