/* SPDX-License-Identifier: BSD-3-Clause */
/* retreat.c: taking memory away from the guest, which always works. */
#include "retreat.h"

#include "area.h"
#include "audit.h"
#include "host.h"

#include <daxwin/error.h>

#include <errno.h>
#include <sys/mman.h>

static void *
address_of(const DaxwinSpace *space, DaxwinRange range)
{
    return daxwin_reservation_at(&space->reservation, range.offset);
}

static int
restore(const DaxwinSpace *space, DaxwinRange range)
{
    return daxwin_host_reserve_over(address_of(space, range), (size_t)range.length,
                                    space->reservation.protection);
}

static int
restore_with_parachute(DaxwinSpace *space, DaxwinRange range)
{
    int saved_errno = restore(space, range);

    if (saved_errno != 0 && daxwin_space_cuts_huge_page(space, range)) {
        return EINVAL; /* what older kernels call ENOMEM, which areas would not cure */
    }
    if (saved_errno == ENOMEM) {
        daxwin_parachute_open(&space->parachute);
        saved_errno = restore(space, range);
        daxwin_parachute_arm(&space->parachute);
    }
    return saved_errno;
}

/* Lists @range as unreachable for the guest, though the kernel still has something there. */
static void
list_as_retreating(DaxwinSpace *space, DaxwinRange range)
{
    DaxwinTableEntry entry = { .mapping = { .window_offset = range.offset,
                                            .length = range.length } };

    (void)daxwin_space_unlist(space, range);
    daxwin_mapping_table_insert(&space->retreating, &entry);
}

/* The kernel areas that overlap a stretch of the window. */
typedef struct {
    DaxwinRange range;
    uint64_t base;
    uint64_t size;
    GArray *areas; /* of DaxwinRange, in the window */
} AreaSearch;

/* A DaxwinHostLineFunc over an AreaSearch. */
static bool
collect_area(const char *line, void *user_data)
{
    AreaSearch *search = user_data;
    DaxwinArea area;

    if (!daxwin_area_parse(line, &area) || area.end <= search->base + search->range.offset) {
        return true;
    }
    if (area.start >= search->base + daxwin_range_end(search->range)) {
        return false;
    }

    uint64_t start = MAX(area.start, search->base) - search->base;
    uint64_t end = MIN(area.end - search->base, search->size);
    DaxwinRange found = { start, end - start };

    g_array_append_val(search->areas, found);
    return true;
}

/* Adds the mappings that lie in @area, but not in @range, to @lost. */
static void
count_lost(const DaxwinSpace *space, DaxwinRange area, DaxwinRange range, uint64_t *lost)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(&space->table, area.offset);
    const DaxwinTableEntry *entry;

    while ((entry = daxwin_mapping_table_at(&space->table, place)) != NULL &&
           entry->mapping.window_offset < daxwin_range_end(area)) {
        *lost += !daxwin_range_covers(range, daxwin_mapping_range(&entry->mapping));
        place = daxwin_mapping_table_next(&space->table, place);
    }
}

/* Takes access from the whole areas that overlap @range: to change only a part of one would take
 * another. */
static bool
deny_areas(DaxwinSpace *space, DaxwinRange range, uint64_t *lost)
{
    g_autoptr(GArray) areas = g_array_new(false, false, sizeof(DaxwinRange));
    AreaSearch search = { range, (uintptr_t)space->reservation.base, space->reservation.size,
                          areas };

    if (daxwin_host_list_areas(collect_area, &search) != 0) {
        return false;
    }
    for (guint i = 0; i < areas->len; i++) {
        DaxwinRange area = g_array_index(areas, DaxwinRange, i);

        if (daxwin_host_protect(address_of(space, area), (size_t)area.length, PROT_NONE) != 0) {
            return false;
        }
        count_lost(space, area, range, lost);
        list_as_retreating(space, area);
    }
    return true;
}

/* Makes what is mapped in @range unreachable without taking an area. */
static bool
deny(DaxwinSpace *space, DaxwinRange range, uint64_t *lost)
{
    const DaxwinTableEntry *entry;

    while ((entry = daxwin_mapping_table_first_in(&space->table, range)) != NULL) {
        DaxwinRange piece = daxwin_range_intersect(daxwin_mapping_range(&entry->mapping), range);

        if (daxwin_host_guard(address_of(space, piece), (size_t)piece.length) == 0) {
            list_as_retreating(space, piece);
        } else if (!deny_areas(space, piece, lost)) {
            return false;
        }
    }
    return true;
}

static bool
retreat_from(DaxwinSpace *space, DaxwinRange range, uint64_t *lost, GError **error)
{
    int saved_errno = restore_with_parachute(space, range);

    if (saved_errno == 0) {
        (void)daxwin_space_unlist(space, range);
        return true;
    }
    if (saved_errno == ENOMEM && deny(space, range, lost)) {
        return true;
    }
    daxwin_space_explain(space, range, saved_errno, "cannot unmap", error);
    return false;
}

/* Where memory of others is in the window, only what is surely ours is touched. */
static bool
retreat_around_foreign(DaxwinSpace *space, DaxwinRange range, uint64_t *lost, GError **error)
{
    uint64_t next = range.offset;
    bool is_done = true;

    while (next < daxwin_range_end(range)) {
        DaxwinRange rest = { next, daxwin_range_end(range) - next };
        const DaxwinTableEntry *entry = daxwin_mapping_table_first_in(&space->table, rest);
        DaxwinRange piece;

        if (entry == NULL) {
            break;
        }
        piece = daxwin_range_intersect(daxwin_mapping_range(&entry->mapping), rest);
        is_done = daxwin_audit_run(space, piece, is_done ? error : NULL) &&
                  retreat_from(space, piece, lost, is_done ? error : NULL) && is_done;
        next = daxwin_range_end(piece);
    }
    return is_done;
}

void
daxwin_retreat_catch_up(DaxwinSpace *space)
{
    const DaxwinTableEntry *entry;

    while ((entry = daxwin_mapping_table_at(&space->retreating, (DaxwinTablePlace){ 0, 0 })) !=
           NULL) {
        DaxwinRange range = daxwin_mapping_range(&entry->mapping);

        if (restore(space, range) != 0) {
            return;
        }
        (void)daxwin_mapping_table_cut(&space->retreating, range);
    }
    daxwin_parachute_arm(&space->parachute);
}

bool
daxwin_retreat_run(DaxwinSpace *space, DaxwinRange range, uint64_t *lost, GError **error)
{
    if (daxwin_mapping_table_first_in(&space->table, range) == NULL) {
        return true; /* what is idle already costs nothing */
    }
    if (space->has_foreign) {
        return retreat_around_foreign(space, range, lost, error);
    }
    return retreat_from(space, range, lost, error);
}
