/* SPDX-License-Identifier: BSD-3-Clause */
/* overlay.h: which pages of a window are covered by a zero page. */
#pragma once

#include "range-private.h"

#include <stdbool.h>
#include <stddef.h>

/* One bit for each page, in memory that is only taken where bits have been set, so that setting
 * one never allocates: it happens in a signal handler. */
typedef struct {
    uint64_t *words;   /* fixed at birth */
    size_t page_shift; /* fixed at birth */
    uint64_t n_pages;  /* fixed at birth */
    uint64_t count;    /* bits that are set */
    uint64_t ever;     /* bits that have been set since birth */
} DaxwinOverlay;

bool daxwin_overlay_init(DaxwinOverlay *overlay, uint64_t window_size, GError **error);

void daxwin_overlay_clear(DaxwinOverlay *overlay);

/* Marks the pages of @range; returns how many were not marked already. */
uint64_t daxwin_overlay_mark(DaxwinOverlay *overlay, DaxwinRange range);

/* Takes all marks off @range. */
void daxwin_overlay_unmark(DaxwinOverlay *overlay, DaxwinRange range);

/* Whether the page at @offset is marked. */
bool daxwin_overlay_covers(const DaxwinOverlay *overlay, uint64_t offset);

/* Where the first page behind @offset is marked or not, unlike that at @offset; @end at most. */
uint64_t daxwin_overlay_next_change(const DaxwinOverlay *overlay, uint64_t offset, uint64_t end);
