/* SPDX-License-Identifier: BSD-3-Clause */
/* areas.c: how many areas the kernel has in a stretch of memory. */
#include "areas.h"

#include <inttypes.h>
#include <stdio.h>

size_t
areas_count(const void *base, uint64_t size)
{
    FILE *file = fopen("/proc/self/maps", "re");
    uintptr_t first = (uintptr_t)base;
    size_t count = 0;
    char line[512];

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        uintptr_t start;
        uintptr_t end;

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2) {
            count += end > first && start < first + size ? 1 : 0;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return count;
}
