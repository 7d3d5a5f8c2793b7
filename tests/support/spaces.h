/* SPDX-License-Identifier: BSD-3-Clause */
/* spaces.h: a space that shows marked files, for tests of the floors below the window. */
#pragma once

#include "areas.h"
#include "audit.h"
#include "pages.h"
#include "space.h"

#include <sys/stat.h>

typedef struct {
    int fd;
    DaxwinFile file;
} MarkedFile;

static inline bool
open_marked(MarkedFile *marked, uint64_t number, uint64_t n_pages)
{
    struct stat status;

    marked->fd = new_marked_file(number, n_pages);
    if (marked->fd < 0 || fstat(marked->fd, &status) != 0) {
        return false;
    }
    marked->file =
        (DaxwinFile){ { status.st_dev, status.st_ino }, pages(n_pages), (size_t)pages(1) };
    return true;
}

static inline char *
space_at(const DaxwinSpace *space, uint64_t page)
{
    return space->reservation.base + pages(page);
}

/* Maps and lists a piece of @marked, over something idle. */
static inline bool
show(DaxwinSpace *space, const MarkedFile *marked, DaxwinMapping mapping)
{
    DaxwinTableEntry entry = { mapping, marked->file };
    int protection =
        (mapping.access & DAXWIN_ACCESS_WRITE) != 0 ? PROT_READ | PROT_WRITE : PROT_READ;

    daxwin_space_list(space, &entry);
    return mmap(space->reservation.base + mapping.window_offset, mapping.length, protection,
                MAP_SHARED | MAP_FIXED, marked->fd, (off_t)mapping.file_offset) != MAP_FAILED;
}

static inline DaxwinRange
page_range(uint64_t first, uint64_t n)
{
    return (DaxwinRange){ pages(first), pages(n) };
}

/* What window page @page shows: a mark, or 0. */
static inline uint64_t
space_shown(const DaxwinSpace *space, uint64_t page)
{
    return mark_at(space_at(space, page));
}

/* Whether the pages [first, first + n) show the same pages of @file. */
static inline bool
space_shows(const DaxwinSpace *space, uint64_t file, uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (space_shown(space, page) != mark_of(file, page)) {
            return false;
        }
    }
    return true;
}

/* Whether nothing is listed in the pages [first, first + n), nor shown. */
static inline bool
space_is_idle(const DaxwinSpace *space, uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (space_shown(space, page) != 0) {
            return false;
        }
    }
    return daxwin_mapping_table_first_in(&space->table, page_range(first, n)) == NULL;
}

static inline bool
space_agrees(const DaxwinSpace *space)
{
    return daxwin_audit_run(space, (DaxwinRange){ 0, space->reservation.size }, NULL);
}

static inline bool
space_has_hole(const DaxwinSpace *space)
{
    return has_hole(space->reservation.base, space->reservation.size);
}

static inline size_t
space_count_areas(const DaxwinSpace *space)
{
    return report_areas(space->reservation.base, space->reservation.size).count;
}

/* Puts zeros over a page, as containment does. */
static inline bool
put_zeros(DaxwinSpace *space, uint64_t page, int protection)
{
    return mmap(space_at(space, page), pages(1), protection,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED &&
           daxwin_overlay_mark(&space->contained, page_range(page, 1)) == 1;
}

/* Another thread maps a page of its own into the middle of what was there. */
static const char foreign_text[] = "not yours";

static inline void
damage_foreign(void *address, size_t length)
{
    char *place = (char *)address + pages(length / pages(1) / 2);

    (void)munmap(address, length);
    if (mmap(place, pages(1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0) == place) {
        memcpy(place, foreign_text, sizeof foreign_text);
    }
}
