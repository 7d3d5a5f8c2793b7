/* SPDX-License-Identifier: BSD-3-Clause */
/* space.h: all that a window consists of, but for its lock. */
#pragma once

#include "mapping-table.h"
#include "overlay.h"
#include "parachute.h"
#include "reservation.h"

typedef struct {
    DaxwinReservation reservation;
    DaxwinMappingTable table;      /* what the guest can reach */
    DaxwinMappingTable retreating; /* what it cannot reach any more, but the kernel still has */
    DaxwinOverlay contained;       /* pages of mappings that show zeros instead of their file */
    DaxwinParachute parachute;
    bool has_foreign; /* memory of others was found inside */
} DaxwinSpace;

bool daxwin_space_init(DaxwinSpace *space, uint64_t size, int protection, GError **error);

/* Gives all of it back to the process, also when that has no kernel areas left; but of a space with
 * memory of others in it, no addresses. */
void daxwin_space_clear(DaxwinSpace *space);

/* Lists @entry, for its file has been mapped there. */
void daxwin_space_list(DaxwinSpace *space, const DaxwinTableEntry *entry);

/* Lists nothing in @range any more, for something else has been mapped there. Returns how many
 * mappings were cut. */
size_t daxwin_space_unlist(DaxwinSpace *space, DaxwinRange range);

/* Whether an end of @range cuts a huge page of a mapping in two, which the kernel refuses. */
bool daxwin_space_cuts_huge_page(const DaxwinSpace *space, DaxwinRange range);

/* Says why the kernel refused with @saved_errno to replace what is in @range. @what begins the
 * message. */
void daxwin_space_explain(const DaxwinSpace *space, DaxwinRange range, int saved_errno,
                          const char *what, GError **error);
