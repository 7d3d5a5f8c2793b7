/* SPDX-License-Identifier: BSD-3-Clause */
/* laying.h: pieces of a file laid over a window, all of them or none. */
#pragma once

#include "mapping-table.h"
#include "reservation.h"

#include <stddef.h>

/* A map request that every check has accepted. */
typedef struct {
    int fd;
    DaxwinFileId file;
    const DaxwinMapping *mappings; /* laid in this order */
    size_t n;
} DaxwinLaying;

/* Lays the pieces, and keeps @table true at every step: after a failure it lists what the kernel
 * has mapped, which is what was there before. Adds to @replaced how many mappings were cut. With
 * DAXWIN_ERROR_FOREIGN something else has got into the window. */
bool daxwin_laying_run(const DaxwinLaying *laying, const DaxwinReservation *reservation,
                       DaxwinMappingTable *table, uint64_t *replaced, GError **error);
