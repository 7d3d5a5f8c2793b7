/* SPDX-License-Identifier: BSD-3-Clause */
/* area.c: one kernel area (VMA) as a line of /proc/self/maps describes it. */
#include "area.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

bool
daxwin_area_parse(const char *line, DaxwinArea *area)
{
    char permissions[5];
    unsigned major_number;
    unsigned minor_number;

    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64, &area->start,
               &area->end, permissions, &area->file_offset, &major_number, &minor_number,
               &area->file.inode) != 7 ||
        strlen(permissions) != 4) {
        return false;
    }
    area->file.device = makedev(major_number, minor_number);
    area->protection =
        (permissions[0] == 'r' ? PROT_READ : 0) | (permissions[1] == 'w' ? PROT_WRITE : 0);
    area->is_shared = permissions[3] == 's';
    return true;
}
