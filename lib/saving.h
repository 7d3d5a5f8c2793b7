/* SPDX-License-Identifier: BSD-3-Clause */
/* saving.h: the way back from a batch: what it covers, mapped a second time elsewhere. */
#pragma once

#include "space.h"

typedef struct {
    GArray *pieces;          /* of what was saved */
    DaxwinMappingTable back; /* which ranges show again what was saved */
} DaxwinSaving;

void daxwin_saving_init(DaxwinSaving *saving, uint64_t window_size);

/* Forgets the way back. */
void daxwin_saving_clear(DaxwinSaving *saving);

/* Saves what is mapped in @range. */
bool daxwin_saving_keep(DaxwinSaving *saving, const DaxwinSpace *space, DaxwinRange range,
                        GError **error);

/* Puts back all that was saved, in place of what is there now, and lists it again. Goes on after a
 * failure; the first is reported, or DAXWIN_ERROR_FOREIGN. */
bool daxwin_saving_put_back(DaxwinSaving *saving, DaxwinSpace *space, GError **error);

/* Once all has been put back, lists pieces of mappings as the wholes they were before. */
void daxwin_saving_list_wholes(const DaxwinSaving *saving, DaxwinSpace *space);
