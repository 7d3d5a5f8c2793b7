/* SPDX-License-Identifier: BSD-3-Clause */
/* reservation.h: the address space of a window, and its return to the idle state. */
#pragma once

#include "range-private.h"

#include <stdbool.h>

typedef struct {
    char *base;     /* fixed at birth */
    uint64_t size;  /* fixed at birth */
    int protection; /* of idle memory, fixed at birth */
} DaxwinReservation;

/* Reserves @size bytes, a power of two, at a multiple of the smaller of @size and 1 GiB. */
bool daxwin_reservation_init(DaxwinReservation *reservation, uint64_t size, int protection,
                             GError **error);

/* Gives the address space back, and all that is mapped in it. False if the kernel refuses. */
bool daxwin_reservation_clear(DaxwinReservation *reservation);

static inline void *
daxwin_reservation_at(const DaxwinReservation *reservation, uint64_t offset)
{
    return reservation->base + offset;
}
