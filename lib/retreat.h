/* SPDX-License-Identifier: BSD-3-Clause */
/* retreat.h: taking memory away from the guest, which always works. */
#pragma once

#include "space.h"

/* Makes @range idle, and lists nothing there any more. When the process has no kernel area left to
 * do that with, the parachute is opened. If others were quicker, the memory is made to fault
 * instead, which takes no area, and the reservation is put back by a later call. Adds to @lost how
 * many mappings beside the range had to go with it, which happens only without guard markers,
 * before Linux 6.15. */
bool daxwin_retreat_run(DaxwinSpace *space, DaxwinRange range, uint64_t *lost, GError **error);

/* Puts the reservation back where an earlier call could not, and arms the parachute again, as far
 * as there are areas now. */
void daxwin_retreat_catch_up(DaxwinSpace *space);
