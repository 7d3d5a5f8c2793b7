/* SPDX-License-Identifier: BSD-3-Clause */
/* areas.h: which kernel areas a stretch of memory consists of. */
#pragma once

#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    size_t count;        /* areas that reach into the stretch */
    uint64_t covered;    /* bytes of it that belong to one of them */
    char permissions[5]; /* of the last of them, e.g. "---p" */
} AreaReport;

static inline AreaReport
report_areas(const void *base, uint64_t size)
{
    uint64_t first = (uintptr_t)base;
    uint64_t end = first + size;
    AreaReport report = { 0 };
    char line[4096 + 128];
    FILE *listing = fopen("/proc/self/maps", "re");

    while (listing != NULL && fgets(line, sizeof line, listing) != NULL) {
        uint64_t area_first;
        uint64_t area_end;
        char permissions[5];

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &area_first, &area_end, permissions) == 3 &&
            area_first < end && area_end > first) {
            report.count++;
            report.covered += MIN(area_end, end) - MAX(area_first, first);
            memcpy(report.permissions, permissions, sizeof permissions);
        }
    }
    if (listing != NULL) {
        (void)fclose(listing);
    }
    return report;
}

static inline bool
has_hole(const void *base, uint64_t size)
{
    return report_areas(base, size).covered != size;
}

/* Whether all of the stretch is one kernel area with these permissions. */
static inline bool
is_one_area(const void *base, uint64_t size, const char *permissions)
{
    AreaReport report = report_areas(base, size);

    return report.count == 1 && report.covered == size &&
           strcmp(report.permissions, permissions) == 0;
}
