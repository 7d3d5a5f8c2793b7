/* SPDX-License-Identifier: BSD-3-Clause */
/* range-private.h: half-open stretches of a window, and how two of them meet. */
#pragma once

#include <daxwin/range.h>

#include <stdbool.h>

/* Checks that both numbers of @range are multiples of the page, that it is not empty, does not
 * wrap, and lies in a window of @window_size bytes. @what names it in the error: "mapping". */
bool daxwin_range_check(const DaxwinRange *range, uint64_t window_size, const char *what,
                        GError **error);

/* Checks that @number, called @what in the error, is a multiple of the host page. */
bool daxwin_range_check_aligned(uint64_t number, const char *what, GError **error);

/* The functions below take ranges that daxwin_range_check() has accepted. */

static inline uint64_t
daxwin_range_end(DaxwinRange range)
{
    return range.offset + range.length;
}

static inline bool
daxwin_range_overlaps(DaxwinRange a, DaxwinRange b)
{
    return a.offset < daxwin_range_end(b) && b.offset < daxwin_range_end(a);
}

static inline bool
daxwin_range_covers(DaxwinRange outer, DaxwinRange inner)
{
    return outer.offset <= inner.offset && daxwin_range_end(inner) <= daxwin_range_end(outer);
}

/* What two ranges that overlap have in common. */
static inline DaxwinRange
daxwin_range_intersect(DaxwinRange a, DaxwinRange b)
{
    uint64_t offset = MAX(a.offset, b.offset);

    return (DaxwinRange){ offset, MIN(daxwin_range_end(a), daxwin_range_end(b)) - offset };
}
