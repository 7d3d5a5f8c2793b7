/* SPDX-License-Identifier: BSD-3-Clause */
/* inventory.h: all that a window holds and has done, at one moment. */
#pragma once

#include "file.h"

#include <daxwin/window.h>

/* What is mapped without interruption from one file with one access. */
typedef struct {
    DaxwinMapping mapping; /* all of it */
    DaxwinFileId file;     /* all zeros if it is not known */
    size_t mappings;       /* that it consists of */
} DaxwinPiece;

typedef struct {
    const void *base;
    uint64_t size;
    size_t max_mappings;
    bool is_strict;
    bool has_foreign;
    DaxwinUsage usage;
    size_t n_pieces;
    DaxwinPiece *pieces; /* in window order */
} DaxwinInventory;

/* Takes the lock of @window for as long as it takes to copy. */
void daxwin_inventory_take(DaxwinInventory *inventory, DaxwinWindow *window);

void daxwin_inventory_clear(DaxwinInventory *inventory);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DaxwinInventory, daxwin_inventory_clear)

/* The idle stretch before the piece at @index; behind the last one at n_pieces. */
DaxwinRange daxwin_inventory_gap_before(const DaxwinInventory *inventory, size_t index);
