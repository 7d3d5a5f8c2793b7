/* SPDX-License-Identifier: BSD-3-Clause */
/* mending.c: what has to be done after the kernel has refused to replace a part of a window. */
#include "mending.h"

#include "audit.h"
#include "host.h"

#include <daxwin/error.h>

#include <errno.h>

/* Whether all of @range is the window's own, as far as that can be told. */
static bool
check_own(DaxwinSpace *space, DaxwinRange range, GError **error)
{
    g_autoptr(GError) difference = NULL;

    if (daxwin_audit_run(space, range, &difference) || difference->code != DAXWIN_ERROR_FOREIGN) {
        return true;
    }
    space->has_foreign = true;
    g_propagate_error(error, g_steal_pointer(&difference));
    return false;
}

bool
daxwin_mending_check_overwritable(DaxwinSpace *space, DaxwinRange range, GError **error)
{
    return !space->has_foreign || check_own(space, range, error);
}

/* Reserves @range if all of it is a hole. */
static int
reserve_hole(const DaxwinSpace *space, DaxwinRange range)
{
    return daxwin_host_reserve_hole(daxwin_reservation_at(&space->reservation, range.offset),
                                    (size_t)range.length, space->reservation.protection);
}

/* Closes whatever is a hole in @range, around what has fallen into it. Whether there was one. */
static bool
close_around(const DaxwinSpace *space, DaxwinRange range)
{
    size_t page = daxwin_host_get_page_size();
    DaxwinRange lower = { range.offset, range.length / page / 2 * page };
    DaxwinRange upper = { daxwin_range_end(lower), range.length - lower.length };
    int saved_errno = reserve_hole(space, range);

    if (saved_errno != EEXIST || range.length == page) {
        return saved_errno == 0;
    }

    bool is_lower_closed = close_around(space, lower);
    bool is_upper_closed = close_around(space, upper);

    return is_lower_closed || is_upper_closed;
}

bool
daxwin_mending_close_hole(DaxwinSpace *space, DaxwinRange range, GError **error)
{
    if (reserve_hole(space, range) == 0) {
        (void)daxwin_space_unlist(space, range);
    }
    if (check_own(space, range, error)) {
        return true;
    }
    if (close_around(space, range)) {
        (void)daxwin_space_unlist(space, range);
    }
    return false;
}
