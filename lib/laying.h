/* SPDX-License-Identifier: BSD-3-Clause */
/* laying.h: pieces of a file laid over a window, all of them or none. */
#pragma once

#include "admission.h"
#include "space.h"

#include <stddef.h>

/* A map request that every check has accepted. */
typedef struct {
    int fd;
    DaxwinAdmitted admitted;
    const DaxwinMapping *mappings; /* laid in this order */
    size_t n;
} DaxwinLaying;

/* What a map request has done besides. */
typedef struct {
    uint64_t replaced; /* mappings that were cut */
    uint64_t lost;     /* mappings that had to go with what was undone */
} DaxwinLayingCounts;

/* Lays the pieces, adds to @counts, and keeps the lists of @space true at every step: after a
 * failure they say what the kernel has mapped, which is what was there before. With
 * DAXWIN_ERROR_FOREIGN something else has got into the window. @error of a
 * batch is not NULL. */
bool daxwin_laying_run(const DaxwinLaying *laying, DaxwinSpace *space, DaxwinLayingCounts *counts,
                       GError **error);
