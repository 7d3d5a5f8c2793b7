/* SPDX-License-Identifier: BSD-3-Clause */
/* space.c: all that a window consists of, but for its lock. */
#include "space.h"

#include "error-private.h"
#include "host.h"

#include <errno.h>
#include <inttypes.h>

bool
daxwin_space_init(DaxwinSpace *space, uint64_t size, int protection, GError **error)
{
    *space = (DaxwinSpace){ 0 };
    daxwin_mapping_table_init(&space->table, size);
    daxwin_mapping_table_init(&space->retreating, size);
    if (!daxwin_reservation_init(&space->reservation, size, protection, error)) {
        return false;
    }
    if (!daxwin_overlay_init(&space->contained, size, error)) {
        daxwin_reservation_clear(&space->reservation);
        return false;
    }
    if (!daxwin_parachute_init(&space->parachute, error)) {
        daxwin_overlay_clear(&space->contained);
        daxwin_reservation_clear(&space->reservation);
        return false;
    }
    return true;
}

/* Each area that goes makes room for one that a later step may need. */
static void
release_mappings(DaxwinSpace *space)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(&space->table, 0);
    const DaxwinTableEntry *entry;

    while ((entry = daxwin_mapping_table_at(&space->table, place)) != NULL) {
        (void)daxwin_host_release(
            daxwin_reservation_at(&space->reservation, entry->mapping.window_offset),
            (size_t)entry->mapping.length);
        place = daxwin_mapping_table_next(&space->table, place);
    }
}

/* The kernel may have joined an end of the reservation with memory of others, and splitting it off
 * takes an area. If there is none even so, idle addresses are lost, but no mapping stays. */
static void
release_reservation(DaxwinSpace *space)
{
    if (!daxwin_reservation_clear(&space->reservation)) {
        release_mappings(space);
        (void)daxwin_reservation_clear(&space->reservation);
    }
}

void
daxwin_space_clear(DaxwinSpace *space)
{
    daxwin_parachute_clear(&space->parachute);
    if (!space->has_foreign) { /* whose owner may still use it; the addresses around it are lost */
        release_reservation(space);
    }
    daxwin_overlay_clear(&space->contained);
    daxwin_mapping_table_clear(&space->table);
    daxwin_mapping_table_clear(&space->retreating);
}

void
daxwin_space_list(DaxwinSpace *space, const DaxwinTableEntry *entry)
{
    daxwin_mapping_table_insert(&space->table, entry);
}

size_t
daxwin_space_unlist(DaxwinSpace *space, DaxwinRange range)
{
    daxwin_overlay_unmark(&space->contained, range);
    if (space->retreating.count > 0) { /* nearly never, as above */
        (void)daxwin_mapping_table_cut(&space->retreating, range);
    }
    return daxwin_mapping_table_cut(&space->table, range);
}

static bool
lies_inside_huge_page(const DaxwinSpace *space, uint64_t offset)
{
    const DaxwinTableEntry *entry = daxwin_mapping_table_find(&space->table, offset);

    return entry != NULL && (offset & (entry->file.page - 1)) != 0;
}

bool
daxwin_space_cuts_huge_page(const DaxwinSpace *space, DaxwinRange range)
{
    return lies_inside_huge_page(space, range.offset) ||
           lies_inside_huge_page(space, daxwin_range_end(range));
}

void
daxwin_space_explain(const DaxwinSpace *space, DaxwinRange range, int saved_errno, const char *what,
                     GError **error)
{
    uint64_t end = daxwin_range_end(range);

    if (saved_errno == EINVAL && daxwin_space_cuts_huge_page(space, range)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT,
                    "%s [0x%" PRIx64 ", 0x%" PRIx64 "): an end of it cuts a huge page in two", what,
                    range.offset, end);
        return;
    }
    daxwin_error_set_system(error, saved_errno, "%s [0x%" PRIx64 ", 0x%" PRIx64 ")", what,
                            range.offset, end);
}
