/* SPDX-License-Identifier: BSD-3-Clause */
/* audit.h: whether the kernel has mapped what a window lists. */
#pragma once

#include "space.h"

/* Compares the part @range of a window with /proc/self/maps. DAXWIN_ERROR_FOREIGN if anything
 * differs, DAXWIN_ERROR_SYSTEM if that cannot be read. Where the window retreats, there may be
 * anything that the guest cannot reach. */
bool daxwin_audit_run(const DaxwinSpace *space, DaxwinRange range, GError **error);
