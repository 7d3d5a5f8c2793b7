/* SPDX-License-Identifier: BSD-3-Clause */
/* copy.c: reading and writing window memory without ever being hit by a signal. */
#include "copy.h"

#include "checked.h"
#include "error-private.h"
#include "host.h"

#include <errno.h>
#include <inttypes.h>

static bool
check_inside(const DaxwinReservation *reservation, uint64_t offset, uint64_t length, GError **error)
{
    uint64_t end;

    if (!daxwin_checked_add(offset, length, &end) || end > reservation->size) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "%" PRIu64 " bytes at 0x%" PRIx64 " leave the window of 0x%" PRIx64 " bytes",
                    length, offset, reservation->size);
        return false;
    }
    return true;
}

static bool
explain(uint64_t offset, int saved_errno, GError **error)
{
    if (saved_errno == EFAULT) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT,
                    "window memory at 0x%" PRIx64 " faults", offset);
    } else {
        daxwin_error_set_system(error, saved_errno, "cannot copy window memory at 0x%" PRIx64,
                                offset);
    }
    return false;
}

bool
daxwin_copy_from(const DaxwinReservation *reservation, uint64_t offset, void *buffer, size_t length,
                 GError **error)
{
    size_t done = 0;

    if (!check_inside(reservation, offset, length, error)) {
        return false;
    }
    while (done < length) {
        size_t copied = 0;
        int saved_errno = daxwin_host_copy_from((char *)buffer + done,
                                                daxwin_reservation_at(reservation, offset + done),
                                                length - done, &copied);

        if (saved_errno != 0) {
            return explain(offset + done, saved_errno, error);
        }
        done += copied;
    }
    return true;
}

bool
daxwin_copy_to(const DaxwinReservation *reservation, uint64_t offset, const void *buffer,
               size_t length, GError **error)
{
    size_t done = 0;

    if (!check_inside(reservation, offset, length, error)) {
        return false;
    }
    while (done < length) {
        size_t copied = 0;
        int saved_errno = daxwin_host_copy_to(daxwin_reservation_at(reservation, offset + done),
                                              (const char *)buffer + done, length - done, &copied);

        if (saved_errno != 0) {
            return explain(offset + done, saved_errno, error);
        }
        done += copied;
    }
    return true;
}
