/* SPDX-License-Identifier: BSD-3-Clause */
/* reservation.c: the address space of a window, and its return to the idle state. */
#include "reservation.h"

#include "error-private.h"
#include "host.h"

#include <inttypes.h>

/* The biggest page that hardware can show a guest, on x86-64 and arm64. A base that is a multiple
 * of it is congruent with any guest address that is, which KVM wants for huge pages. */
static const uint64_t BIGGEST_PAGE = UINT64_C(1) << 30;

/* Gives back what lies before and behind the window in [@place, @place + @length). After a refusal
 * nothing is left of either; what was given back already may be somebody else's by then. */
static int
trim(const DaxwinReservation *reservation, char *place, size_t length)
{
    size_t front = (size_t)(reservation->base - place);
    size_t back = length - front - (size_t)reservation->size;
    int saved_errno = front > 0 ? daxwin_host_release(place, front) : 0;

    if (saved_errno != 0) {
        (void)daxwin_host_release(place, length);
        return saved_errno;
    }
    saved_errno = back > 0 ? daxwin_host_release(reservation->base + reservation->size, back) : 0;
    if (saved_errno != 0) {
        (void)daxwin_host_release(reservation->base, length - front);
    }
    return saved_errno;
}

bool
daxwin_reservation_init(DaxwinReservation *reservation, uint64_t size, int protection,
                        GError **error)
{
    uint64_t alignment = MIN(size, BIGGEST_PAGE);
    size_t length = (size_t)(size + alignment - daxwin_host_get_page_size());
    void *place;
    int saved_errno = daxwin_host_reserve(length, protection, &place);

    if (saved_errno == 0) {
        size_t front = (size_t)(-(uintptr_t)place & (alignment - 1));

        *reservation = (DaxwinReservation){ (char *)place + front, size, protection };
        saved_errno = trim(reservation, place, length);
    }
    if (saved_errno != 0) {
        *reservation = (DaxwinReservation){ 0 };
        daxwin_error_set_system(error, saved_errno,
                                "cannot reserve %" PRIu64 " bytes of address space", size);
    }
    return saved_errno == 0;
}

bool
daxwin_reservation_clear(DaxwinReservation *reservation)
{
    return daxwin_host_release(reservation->base, (size_t)reservation->size) == 0;
}
