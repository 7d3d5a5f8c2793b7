/* SPDX-License-Identifier: BSD-3-Clause */
/* window-private.h: what a window consists of, and its lock. */
#pragma once

#include "admission.h"
#include "budget.h"
#include "lock.h"
#include "space.h"

#include <daxwin/window.h>

struct _DaxwinWindow {
    DaxwinWindowFlags flags;   /* fixed at birth */
    DaxwinAdmission admission; /* takes no lock */
    DaxwinLock lock;
    DaxwinSpace space;   /* under lock, but for its reservation, which is fixed at birth */
    DaxwinBudget budget; /* under lock */
    DaxwinUsage usage;   /* under lock; what the space tells is not kept here */
    size_t max_mappings; /* under lock */
};

static inline bool
daxwin_window_is_strict(const DaxwinWindow *window)
{
    return (window->flags & DAXWIN_WINDOW_STRICT) != 0;
}

static inline DaxwinRange
daxwin_window_range(const DaxwinWindow *window)
{
    return (DaxwinRange){ 0, window->space.reservation.size };
}

/* How many kernel areas the window takes at most; neighbours that the kernel has joined count as
 * several. */
static inline size_t
daxwin_window_count_areas(const DaxwinWindow *window)
{
    const DaxwinSpace *space = &window->space;

    return space->table.count + space->table.gaps + 2 * space->retreating.count +
           2 * (size_t)space->contained.count;
}

/* Puts together what is counted in @window and what its space tells. */
void daxwin_window_read_usage_locked(const DaxwinWindow *window, DaxwinUsage *out);
