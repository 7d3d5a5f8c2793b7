/* SPDX-License-Identifier: BSD-3-Clause */
/* mapping.h: a piece of a file at a place in a window. */
#pragma once

#include <daxwin/macros.h>
#include <daxwin/range.h>

#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * DaxwinAccess:
 * @DAXWIN_ACCESS_READ: the guest may read
 * @DAXWIN_ACCESS_WRITE: the guest may write; no host page table can forbid it to read then
 *
 * What a guest may do with a mapping. These are flags.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_ACCESS_READ = 1 << 0,
    DAXWIN_ACCESS_WRITE = 1 << 1
} DaxwinAccess;

/**
 * DaxwinMapping:
 * @window_offset: where the piece lies, in bytes from the start of the window
 * @file_offset: where it comes from, in bytes from the start of the file
 * @length: how long it is, in bytes; it may reach beyond the end of the file
 * @access: what the guest may do with it: one or both of the bits of #DaxwinAccess
 *
 * A piece of a file at a place in a window. All three numbers are multiples of the host page.
 *
 * Since: 0.1
 */
typedef struct {
    uint64_t window_offset;
    uint64_t file_offset;
    uint64_t length;
    DaxwinAccess access;
} DaxwinMapping;

/**
 * daxwin_mapping_check:
 * @mapping: (not nullable): what is asked for
 * @window_size: the size of the window, in bytes
 * @error: where to say why not
 *
 * Checks all that can be known about @mapping without its file: the three numbers are multiples of
 * the host page, the length is not 0, the range ends inside the window (virtio specification,
 * "File System Device", DAX window: a mapping beyond the end is rejected), the piece ends where a
 * file can end (2^63 - 1), and the access bits are known and at least one is set. Any thread.
 *
 * Returns: true if so; false with DAXWIN_ERROR_ACCESS, DAXWIN_ERROR_ALIGNMENT or
 *   DAXWIN_ERROR_RANGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_mapping_check(const DaxwinMapping *mapping, uint64_t window_size, GError **error);

/**
 * daxwin_mapping_to_string:
 * @mapping: (not nullable): any mapping, a bad one included
 *
 * Writes @mapping out for a person, e.g. "[0x200000, 0x400000) = file 0x0 rw". Any thread.
 *
 * Returns: (transfer full): a string to be freed with g_free()
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
char *daxwin_mapping_to_string(const DaxwinMapping *mapping);

G_END_DECLS
