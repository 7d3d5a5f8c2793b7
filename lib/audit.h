/* SPDX-License-Identifier: BSD-3-Clause */
/* audit.h: whether the kernel has mapped what a table lists. */
#pragma once

#include "mapping-table.h"
#include "reservation.h"

/* Compares the part @range of a window with /proc/self/maps. DAXWIN_ERROR_FOREIGN if anything
 * differs, DAXWIN_ERROR_SYSTEM if that cannot be read. */
bool daxwin_audit_run(const DaxwinReservation *reservation, const DaxwinMappingTable *table,
                      DaxwinRange range, GError **error);
