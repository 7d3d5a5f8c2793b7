/* SPDX-License-Identifier: BSD-3-Clause */
/* window-private.h: what a window consists of, and its lock. */
#pragma once

#include "mapping-table.h"
#include "reservation.h"

#include <daxwin/window.h>

#include <pthread.h>

struct _DaxwinWindow {
    DaxwinReservation reservation; /* fixed at birth */
    DaxwinWindowFlags flags;       /* fixed at birth */
    pthread_mutex_t lock;
    DaxwinMappingTable table; /* under lock */
    DaxwinUsage usage;        /* under lock; the first two fields are the table's */
    size_t max_mappings;      /* under lock */
    bool has_foreign;         /* under lock; memory of others was found inside */
};

static inline bool
daxwin_window_is_strict(const DaxwinWindow *window)
{
    return (window->flags & DAXWIN_WINDOW_STRICT) != 0;
}

static inline DaxwinRange
daxwin_window_range(const DaxwinWindow *window)
{
    return (DaxwinRange){ 0, window->reservation.size };
}

static inline void
daxwin_window_lock(DaxwinWindow *window)
{
    (void)pthread_mutex_lock(&window->lock);
}

static inline void
daxwin_window_unlock(DaxwinWindow *window)
{
    (void)pthread_mutex_unlock(&window->lock);
}
