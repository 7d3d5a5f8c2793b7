/* SPDX-License-Identifier: BSD-3-Clause */
/* window-memory.c: the host's own use of window memory, and what keeps it from being fatal. */
#include "window-private.h"

#include "containment.h"
#include "copy.h"
#include "error-private.h"

#include <inttypes.h>

bool
daxwin_window_sync(DaxwinWindow *window, uint64_t offset, uint64_t length, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    DaxwinRange range = { offset, length };
    int saved_errno;

    if (!daxwin_range_check(&range, window->space.reservation.size, "range", error)) {
        return false;
    }
    /* Without the lock, for a disk may be slow. What is mapped or unmapped meanwhile is synced or
     * not, but never disturbed. */
    saved_errno =
        daxwin_host_sync(daxwin_reservation_at(&window->space.reservation, offset), (size_t)length);
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot sync [0x%" PRIx64 ", 0x%" PRIx64 ")",
                                offset, daxwin_range_end(range));
        return false;
    }
    return true;
}

/* The offset of @address in @window, if it lies there. */
static bool
find_offset(const DaxwinWindow *window, const void *address, uint64_t *offset)
{
    uintptr_t base = (uintptr_t)window->space.reservation.base;

    *offset = (uintptr_t)address - base; /* wraps to a huge number for one before the window */
    return *offset < window->space.reservation.size;
}

bool
daxwin_window_contain(DaxwinWindow *window, const void *address)
{
    uint64_t offset;
    bool is_usable;

    if (window == NULL || !find_offset(window, address, &offset)) {
        return false;
    }
    daxwin_lock_acquire(&window->lock);
    is_usable = daxwin_containment_cover(&window->space, offset);
    daxwin_lock_release(&window->lock);
    return is_usable;
}

bool
daxwin_window_contain_truncated(DaxwinWindow *window, size_t *pages, GError **error)
{
    g_return_val_if_fail(window != NULL && pages != NULL, false);

    bool is_done;

    daxwin_lock_acquire(&window->lock);
    is_done = daxwin_containment_sweep(&window->space, pages, error);
    daxwin_lock_release(&window->lock);
    return is_done;
}

bool
daxwin_window_read(DaxwinWindow *window, uint64_t offset, void *buffer, size_t length,
                   GError **error)
{
    g_return_val_if_fail(window != NULL && (buffer != NULL || length == 0), false);

    return daxwin_copy_from(&window->space.reservation, offset, buffer, length, error);
}

bool
daxwin_window_write(DaxwinWindow *window, uint64_t offset, const void *buffer, size_t length,
                    GError **error)
{
    g_return_val_if_fail(window != NULL && (buffer != NULL || length == 0), false);

    return daxwin_copy_to(&window->space.reservation, offset, buffer, length, error);
}

void *
daxwin_window_resolve(uint64_t offset, size_t *length, bool for_write, void *window)
{
    g_return_val_if_fail(window != NULL && length != NULL, NULL);

    DaxwinMapping mapping;
    uint64_t left;

    if (!daxwin_window_lookup(window, offset, &mapping) ||
        (for_write && (mapping.access & DAXWIN_ACCESS_WRITE) == 0)) {
        return NULL;
    }
    left = mapping.window_offset + mapping.length - offset;
    *length = (size_t)MIN(*length, left);
    return (char *)daxwin_window_get_base(window) + offset;
}
