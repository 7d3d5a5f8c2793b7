/* SPDX-License-Identifier: BSD-3-Clause */
/* containment.c: zero pages in the place of pages that their file has no more. */
#include "containment.h"

#include "error-private.h"
#include "host.h"
#include "probes.h"

#include <errno.h>

static void *
address_of(const DaxwinSpace *space, uint64_t offset)
{
    return daxwin_reservation_at(&space->reservation, offset);
}

static int
map_zeros(const DaxwinSpace *space, const DaxwinTableEntry *entry, DaxwinRange range)
{
    return daxwin_host_reserve_over(address_of(space, range.offset), (size_t)range.length,
                                    daxwin_mapping_protection(entry->mapping.access));
}

/* Covers @range, which lies in the mapping of @entry, and says how many pages that was. */
static int
cover(DaxwinSpace *space, const DaxwinTableEntry *entry, DaxwinRange range, uint64_t *pages)
{
    int saved_errno = map_zeros(space, entry, range);

    if (saved_errno == ENOMEM) {
        daxwin_parachute_open(&space->parachute);
        saved_errno = map_zeros(space, entry, range);
        daxwin_parachute_arm(&space->parachute);
    }
    if (saved_errno == 0) {
        *pages += daxwin_overlay_mark(&space->contained, range);
        daxwin_probe_contain(space->reservation.base, &range);
    }
    return saved_errno;
}

static int
probe(const DaxwinSpace *space, const DaxwinTableEntry *entry, uint64_t offset, bool for_write)
{
    return daxwin_host_probe(address_of(space, offset), entry->file.page, for_write);
}

/* A load is tried first: trying a store where a load fails could make a sparse file bigger. */
static int
probe_for_access(const DaxwinSpace *space, const DaxwinTableEntry *entry, uint64_t offset)
{
    int saved_errno = probe(space, entry, offset, false);

    if (saved_errno == 0 && (entry->mapping.access & DAXWIN_ACCESS_WRITE) != 0) {
        saved_errno = probe(space, entry, offset, true);
    }
    return saved_errno;
}

/* Whether a probe that fails with @saved_errno stands for a SIGBUS: for a page that the file does
 * not have or cannot get, or one that the hardware has lost. */
static bool
is_sigbus(int saved_errno)
{
    return saved_errno == EFAULT || saved_errno == EHWPOISON;
}

static bool
is_bad(const DaxwinSpace *space, const DaxwinTableEntry *entry, uint64_t offset)
{
    return is_sigbus(probe(space, entry, offset, false));
}

bool
daxwin_containment_cover(DaxwinSpace *space, uint64_t offset)
{
    const DaxwinTableEntry *entry = daxwin_mapping_table_find(&space->table, offset);
    int kept_errno = errno;
    uint64_t pages = 0;
    int saved_errno;

    if (entry == NULL) {
        return false;
    }

    uint64_t start = offset & ~(uint64_t)(entry->file.page - 1);

    saved_errno = probe_for_access(space, entry, start);
    if (is_sigbus(saved_errno)) {
        saved_errno = cover(space, entry, (DaxwinRange){ start, entry->file.page }, &pages);
    }
    errno = kept_errno;
    return saved_errno == 0;
}

/* Up to where the mapping of @entry showed bytes of its file when it was made. */
static uint64_t
end_of_file_in(const DaxwinTableEntry *entry)
{
    const DaxwinMapping *mapping = &entry->mapping;
    uint64_t page = entry->file.page;
    uint64_t bytes =
        entry->file.size > mapping->file_offset ? entry->file.size - mapping->file_offset : 0;

    if (bytes >= mapping->length) {
        return mapping->window_offset + mapping->length;
    }
    return mapping->window_offset + (bytes + page - 1) / page * page;
}

/* The first page from @start on that is bad, where all behind it up to @end are, too. */
static uint64_t
find_first_bad(const DaxwinSpace *space, const DaxwinTableEntry *entry, uint64_t start,
               uint64_t end)
{
    uint64_t page = entry->file.page;
    uint64_t first_bad = end - page;

    while (start < first_bad) {
        uint64_t middle = start + (first_bad - start) / page / 2 * page;

        if (daxwin_overlay_covers(&space->contained, middle) || is_bad(space, entry, middle)) {
            first_bad = middle;
        } else {
            start = middle + page;
        }
    }
    return first_bad;
}

/* Covers the bad pages at the end of [@start, @end), which lies in the mapping of @entry. */
static int
sweep_stretch(DaxwinSpace *space, const DaxwinTableEntry *entry, uint64_t start, uint64_t end,
              uint64_t *pages)
{
    uint64_t first_bad;

    while (end > start && daxwin_overlay_covers(&space->contained, end - entry->file.page)) {
        end -= entry->file.page;
    }
    if (end == start || !is_bad(space, entry, end - entry->file.page)) {
        return 0;
    }
    first_bad = find_first_bad(space, entry, start, end);
    return cover(space, entry, (DaxwinRange){ first_bad, end - first_bad }, pages);
}

/* Sweeps all mappings: the part within their file, or the part beyond its end. */
static int
sweep_all(DaxwinSpace *space, bool beyond_end, uint64_t *pages)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(&space->table, 0);
    const DaxwinTableEntry *entry;
    int saved_errno = 0;

    while (saved_errno == 0 && (entry = daxwin_mapping_table_at(&space->table, place)) != NULL) {
        uint64_t start = entry->mapping.window_offset;
        uint64_t file_end = end_of_file_in(entry);

        saved_errno =
            beyond_end ? sweep_stretch(space, entry, file_end, start + entry->mapping.length, pages)
                       : sweep_stretch(space, entry, start, file_end, pages);
        place = daxwin_mapping_table_next(&space->table, place);
    }
    return saved_errno;
}

bool
daxwin_containment_sweep(DaxwinSpace *space, size_t *pages, GError **error)
{
    uint64_t covered = 0;
    int saved_errno = sweep_all(space, false, &covered);

    if (saved_errno == 0 && covered == 0) {
        saved_errno = sweep_all(space, true, &covered);
    }
    *pages = (size_t)covered;
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot cover pages that files have lost");
    }
    return saved_errno == 0;
}
