/* SPDX-License-Identifier: BSD-3-Clause */
/* containment.h: zero pages in the place of pages that their file has no more. */
#pragma once

#include "space.h"

/* Covers the page at @offset with a zero page if touching it is a SIGBUS. True if it can be touched
 * now, whether or not that was needed; false if nothing is mapped there, or it cannot be told or
 * done. Safe in signal handlers, and leaves errno alone. */
bool daxwin_containment_cover(DaxwinSpace *space, uint64_t offset);

/* Covers the pages that have fallen off the end of their file since they were mapped; if there are
 * none, those that were beyond the end from the start. Adds to @pages how many host pages. */
bool daxwin_containment_sweep(DaxwinSpace *space, size_t *pages, GError **error);
