/* SPDX-License-Identifier: BSD-3-Clause */
/* mapping.c: a piece of a file at a place in a window, and whether it may be asked for. */
#include "mapping-private.h"

#include "checked.h"
#include "error-private.h"

#include <inttypes.h>
#include <sys/mman.h>

enum {
    KNOWN_ACCESS = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

static bool
check_access(DaxwinAccess access, GError **error)
{
    if ((access & ~KNOWN_ACCESS) != 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS,
                    "access 0x%x has unknown bits, only 0x%x are known", access, KNOWN_ACCESS);
        return false;
    }
    if (access == 0) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS,
                            "access 0x0 asks neither for reading nor for writing");
        return false;
    }
    return true;
}

static bool
check_file_end(const DaxwinMapping *mapping, GError **error)
{
    uint64_t end;

    if (!daxwin_checked_add(mapping->file_offset, mapping->length, &end) || end > INT64_MAX) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "piece of 0x%" PRIx64 " bytes at file offset 0x%" PRIx64
                    " ends beyond the longest file of 2^63 - 1 bytes",
                    mapping->length, mapping->file_offset);
        return false;
    }
    return true;
}

bool
daxwin_mapping_check(const DaxwinMapping *mapping, uint64_t window_size, GError **error)
{
    g_return_val_if_fail(mapping != NULL, false);

    DaxwinRange range = daxwin_mapping_range(mapping);

    return check_access(mapping->access, error) &&
           daxwin_range_check(&range, window_size, "mapping", error) &&
           daxwin_range_check_aligned(mapping->file_offset, "file offset", error) &&
           check_file_end(mapping, error);
}

int
daxwin_mapping_protection(DaxwinAccess access)
{
    return (access & DAXWIN_ACCESS_WRITE) != 0 ? PROT_READ | PROT_WRITE : PROT_READ;
}

char *
daxwin_mapping_to_string(const DaxwinMapping *mapping)
{
    g_return_val_if_fail(mapping != NULL, NULL);

    return g_strdup_printf("[0x%" PRIx64 ", 0x%" PRIx64 ") = file 0x%" PRIx64 " %s%s",
                           mapping->window_offset, mapping->window_offset + mapping->length,
                           mapping->file_offset,
                           (mapping->access & DAXWIN_ACCESS_READ) != 0 ? "r" : "",
                           (mapping->access & DAXWIN_ACCESS_WRITE) != 0 ? "w" : "");
}
