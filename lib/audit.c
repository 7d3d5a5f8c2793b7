/* SPDX-License-Identifier: BSD-3-Clause */
/* audit.c: whether the kernel has mapped what a table lists. */
#include "audit.h"

#include "area.h"
#include "error-private.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/sysmacros.h>

typedef struct {
    const DaxwinReservation *reservation;
    const DaxwinMappingTable *table;
    uint64_t cursor; /* window offset up to which all agrees */
    uint64_t end;    /* window offset at which to stop */
    GError *difference;
} Audit;

static void
set_difference(Audit *audit, const char *what)
{
    g_set_error(&audit->difference, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN,
                "window offset 0x%" PRIx64 " %s", audit->cursor, what);
}

/* A filesystem with a device of its own gives the same number to fstat() and to the listing. One
 * without may give two different ones, and only equal ones tell anything then. */
static bool
is_same_file(const DaxwinFileId *listed, const DaxwinFileId *found)
{
    bool is_known = listed->device != 0 || listed->inode != 0;

    if (!is_known || (major(listed->device) == 0 && listed->device != found->device)) {
        return true;
    }
    return listed->device == found->device && listed->inode == found->inode;
}

static bool
is_idle(const Audit *audit, const DaxwinArea *area)
{
    return !area->is_shared && area->file.inode == 0 &&
           area->protection == audit->reservation->protection;
}

static bool
shows(const Audit *audit, const DaxwinArea *area, uint64_t file_offset,
      const DaxwinTableEntry *entry)
{
    const DaxwinMapping *mapping = &entry->mapping;

    return area->is_shared && area->protection == daxwin_mapping_protection(mapping->access) &&
           file_offset == mapping->file_offset + (audit->cursor - mapping->window_offset) &&
           is_same_file(&entry->file, &area->file);
}

/* Compares @area, from the cursor on, with the one entry or idle stretch there, and moves the
 * cursor behind the shorter of both. */
static bool
compare_next(Audit *audit, const DaxwinArea *area, uint64_t area_end)
{
    DaxwinRange rest = { audit->cursor, area_end - audit->cursor };
    const DaxwinTableEntry *entry = daxwin_mapping_table_first_in(audit->table, rest);
    uint64_t address = (uintptr_t)audit->reservation->base + audit->cursor;
    uint64_t file_offset = area->file_offset + (address - area->start);

    if (entry == NULL || entry->mapping.window_offset > audit->cursor) {
        if (!is_idle(audit, area)) {
            set_difference(audit, "is listed as idle, but the kernel has other memory there");
            return false;
        }
        audit->cursor = entry != NULL ? entry->mapping.window_offset : area_end;
        return true;
    }
    if (!shows(audit, area, file_offset, entry)) {
        set_difference(audit, "is listed as mapped, but the kernel has other memory there");
        return false;
    }
    audit->cursor = MIN(area_end, daxwin_range_end(daxwin_mapping_range(&entry->mapping)));
    return true;
}

static bool
compare_area(Audit *audit, const DaxwinArea *area)
{
    uint64_t base = (uintptr_t)audit->reservation->base;
    uint64_t area_end = MIN(area->end - base, audit->end);

    if (area->start > base + audit->cursor) {
        set_difference(audit, "is a hole");
        return false;
    }
    while (audit->cursor < area_end) {
        if (!compare_next(audit, area, area_end)) {
            return false;
        }
    }
    return audit->cursor < audit->end;
}

/* A DaxwinHostLineFunc over an Audit. */
static bool
read_line(const char *line, void *user_data)
{
    Audit *audit = user_data;
    uint64_t base = (uintptr_t)audit->reservation->base;
    DaxwinArea area;

    if (!daxwin_area_parse(line, &area)) {
        daxwin_error_set_system(&audit->difference, EPROTO, "cannot read '%s' of /proc/self/maps",
                                line);
        return false;
    }
    return area.end <= base + audit->cursor || compare_area(audit, &area);
}

bool
daxwin_audit_run(const DaxwinReservation *reservation, const DaxwinMappingTable *table,
                 DaxwinRange range, GError **error)
{
    Audit audit = { reservation, table, range.offset, daxwin_range_end(range), NULL };
    int saved_errno = daxwin_host_list_areas(read_line, &audit);

    if (saved_errno != 0) {
        g_clear_error(&audit.difference);
        daxwin_error_set_system(error, saved_errno, "cannot read /proc/self/maps");
        return false;
    }
    if (audit.difference == NULL && audit.cursor < audit.end) {
        set_difference(&audit, "is a hole");
    }
    if (audit.difference != NULL) {
        g_propagate_error(error, audit.difference);
        return false;
    }
    return true;
}
