/* SPDX-License-Identifier: BSD-3-Clause */
/* mending.h: what has to be done after the kernel has refused to replace a part of a window. */
#pragma once

#include "space.h"

/* Whether @range may be overwritten: DAXWIN_ERROR_FOREIGN if not. That is asked of the kernel only
 * where memory of others was found before, for the answer takes a walk through all areas. */
bool daxwin_mending_check_overwritable(DaxwinSpace *space, DaxwinRange range, GError **error);

/* A refused call may have left a hole in @range, into which the next mmap() of any thread could
 * fall. Closes it, and makes sure that nothing has fallen in, as far as a sandbox lets us read
 * /proc; else DAXWIN_ERROR_FOREIGN, with all around what has fallen in closed. */
bool daxwin_mending_close_hole(DaxwinSpace *space, DaxwinRange range, GError **error);
