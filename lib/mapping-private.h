/* SPDX-License-Identifier: BSD-3-Clause */
/* mapping-private.h: how a mapping relates to ranges and to its neighbour. */
#pragma once

#include "range-private.h"

#include <daxwin/mapping.h>

static inline DaxwinRange
daxwin_mapping_range(const DaxwinMapping *mapping)
{
    return (DaxwinRange){ mapping->window_offset, mapping->length };
}

/* The part of @mapping that lies in @range, which it overlaps. */
static inline DaxwinMapping
daxwin_mapping_clip(const DaxwinMapping *mapping, DaxwinRange range)
{
    DaxwinRange part = daxwin_range_intersect(daxwin_mapping_range(mapping), range);

    return (DaxwinMapping){
        .window_offset = part.offset,
        .file_offset = mapping->file_offset + (part.offset - mapping->window_offset),
        .length = part.length,
        .access = mapping->access,
    };
}

/* Whether @next goes on where @mapping ends, in the window and in the file, with equal access. */
static inline bool
daxwin_mapping_continues(const DaxwinMapping *mapping, const DaxwinMapping *next)
{
    return mapping->window_offset + mapping->length == next->window_offset &&
           mapping->file_offset + mapping->length == next->file_offset &&
           mapping->access == next->access;
}

/* The page protection that @access needs. */
int daxwin_mapping_protection(DaxwinAccess access);
