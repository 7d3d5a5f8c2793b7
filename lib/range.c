/* SPDX-License-Identifier: BSD-3-Clause */
/* range.c: half-open stretches of a window, and whether they may be asked for. */
#include "range-private.h"

#include "checked.h"
#include "error-private.h"
#include "host.h"

#include <inttypes.h>

/* Asked about the union of two numbers, it tells whether both are. */
static bool
is_multiple_of_page(uint64_t number)
{
    return (number & (daxwin_host_get_page_size() - 1)) == 0;
}

bool
daxwin_range_check_aligned(uint64_t number, const char *what, GError **error)
{
    if (!is_multiple_of_page(number)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT,
                    "%s 0x%" PRIx64 " is not a multiple of the page of 0x%zx", what, number,
                    daxwin_host_get_page_size());
        return false;
    }
    return true;
}

bool
daxwin_range_check(const DaxwinRange *range, uint64_t window_size, const char *what, GError **error)
{
    uint64_t end;

    if (range->length == 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE, "%s at 0x%" PRIx64 " is empty", what,
                    range->offset);
        return false;
    }
    if (!is_multiple_of_page(range->offset | range->length)) {
        return daxwin_range_check_aligned(range->offset, "window offset", error) &&
               daxwin_range_check_aligned(range->length, "length", error);
    }
    if (!daxwin_checked_add(range->offset, range->length, &end)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "%s of 0x%" PRIx64 " bytes at 0x%" PRIx64 " wraps around 2^64", what,
                    range->length, range->offset);
        return false;
    }
    if (end > window_size) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "%s [0x%" PRIx64 ", 0x%" PRIx64 ") leaves the window of 0x%" PRIx64 " bytes",
                    what, range->offset, end, window_size);
        return false;
    }
    return true;
}
