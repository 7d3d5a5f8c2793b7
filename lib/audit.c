/* SPDX-License-Identifier: BSD-3-Clause */
/* audit.c: whether the kernel has mapped what a window lists. */
#include "audit.h"

#include "area.h"
#include "error-private.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/sysmacros.h>

typedef struct {
    const DaxwinSpace *space;
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
    if (!daxwin_file_id_is_known(listed) ||
        (major(listed->device) == 0 && listed->device != found->device)) {
        return true;
    }
    return daxwin_file_id_is_equal(listed, found);
}

/* What should be found from the cursor on. */
typedef enum {
    IDLE,
    SHOWING_FILE,
    SHOWING_ZEROS,
    RETREATING
} Expectation;

typedef struct {
    Expectation what;
    const DaxwinTableEntry *entry; /* the mapping, where there is one */
    uint64_t end;                  /* window offset up to which it should be found */
} Expected;

static Expected
expect_mapping(const Audit *audit, const DaxwinTableEntry *entry, uint64_t end)
{
    const DaxwinOverlay *contained = &audit->space->contained;
    uint64_t mapping_end = MIN(end, daxwin_range_end(daxwin_mapping_range(&entry->mapping)));

    return (Expected){
        .what = daxwin_overlay_covers(contained, audit->cursor) ? SHOWING_ZEROS : SHOWING_FILE,
        .entry = entry,
        .end = daxwin_overlay_next_change(contained, audit->cursor, mapping_end),
    };
}

static Expected
expect_no_mapping(const Audit *audit, uint64_t end)
{
    DaxwinRange gap = { audit->cursor, end - audit->cursor };
    const DaxwinTableEntry *entry = daxwin_mapping_table_first_in(&audit->space->retreating, gap);

    if (entry == NULL) {
        return (Expected){ IDLE, NULL, end };
    }
    if (entry->mapping.window_offset > audit->cursor) {
        return (Expected){ IDLE, NULL, entry->mapping.window_offset };
    }
    return (Expected){ RETREATING, NULL,
                       MIN(end, daxwin_range_end(daxwin_mapping_range(&entry->mapping))) };
}

/* What the window lists from the cursor on, up to @end at most. */
static Expected
expect(const Audit *audit, uint64_t end)
{
    DaxwinRange rest = { audit->cursor, end - audit->cursor };
    const DaxwinTableEntry *entry = daxwin_mapping_table_first_in(&audit->space->table, rest);

    if (entry == NULL) {
        return expect_no_mapping(audit, end);
    }
    if (entry->mapping.window_offset > audit->cursor) {
        return expect_no_mapping(audit, entry->mapping.window_offset);
    }
    return expect_mapping(audit, entry, end);
}

static bool
is_anonymous(const DaxwinArea *area, int protection)
{
    return !area->is_shared && area->file.inode == 0 && area->protection == protection;
}

static bool
shows(const Audit *audit, const DaxwinArea *area, const DaxwinTableEntry *entry)
{
    const DaxwinMapping *mapping = &entry->mapping;
    uint64_t address = (uintptr_t)audit->space->reservation.base + audit->cursor;

    return area->is_shared && area->protection == daxwin_mapping_protection(mapping->access) &&
           area->file_offset + (address - area->start) ==
               mapping->file_offset + (audit->cursor - mapping->window_offset) &&
           is_same_file(&entry->file.id, &area->file);
}

/* What is wrong with @area at the cursor, or NULL. */
static const char *
find_difference(const Audit *audit, const DaxwinArea *area, const Expected *expected)
{
    switch (expected->what) {
    case IDLE:
        return is_anonymous(area, audit->space->reservation.protection)
                   ? NULL
                   : "is listed as idle, but the kernel has other memory there";
    case SHOWING_FILE:
        return shows(audit, area, expected->entry)
                   ? NULL
                   : "is listed as mapped, but the kernel has other memory there";
    case SHOWING_ZEROS:
        return is_anonymous(area, daxwin_mapping_protection(expected->entry->mapping.access))
                   ? NULL
                   : "is listed as contained, but the kernel has other memory there";
    case RETREATING:
        return NULL;
    }
    g_assert_not_reached();
}

/* Compares @area, from the cursor on, with what should be there, and moves the cursor behind the
 * shorter of both. */
static bool
compare_next(Audit *audit, const DaxwinArea *area, uint64_t area_end)
{
    Expected expected = expect(audit, area_end);
    const char *difference = find_difference(audit, area, &expected);

    if (difference != NULL) {
        set_difference(audit, difference);
        return false;
    }
    audit->cursor = expected.end;
    return true;
}

static bool
compare_area(Audit *audit, const DaxwinArea *area)
{
    uint64_t base = (uintptr_t)audit->space->reservation.base;
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
    uint64_t base = (uintptr_t)audit->space->reservation.base;
    DaxwinArea area;

    if (!daxwin_area_parse(line, &area)) {
        daxwin_error_set_system(&audit->difference, EPROTO, "cannot read '%s' of /proc/self/maps",
                                line);
        return false;
    }
    return area.end <= base + audit->cursor || compare_area(audit, &area);
}

bool
daxwin_audit_run(const DaxwinSpace *space, DaxwinRange range, GError **error)
{
    Audit audit = { space, range.offset, daxwin_range_end(range), NULL };
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
