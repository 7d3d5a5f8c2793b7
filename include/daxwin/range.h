/* SPDX-License-Identifier: BSD-3-Clause */
/* range.h: half-open stretches of a window. */
#pragma once

#include <daxwin/macros.h>

#include <stdint.h>

G_BEGIN_DECLS

/**
 * DaxwinRange:
 * @offset: where it starts, in bytes from the start of the window; a multiple of the host page
 * @length: how long it is, in bytes; a multiple of the host page, not 0
 *
 * The stretch [offset, offset + length) of a window.
 *
 * Since: 0.1
 */
typedef struct {
    uint64_t offset;
    uint64_t length;
} DaxwinRange;

G_END_DECLS
