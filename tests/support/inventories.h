/* SPDX-License-Identifier: BSD-3-Clause */
/* inventories.h: inventories of windows that there never were. */
#pragma once

#include "inventory.h"

#include <sys/sysmacros.h>

enum {
    MIB = 1 << 20
};

/* Of a window of @size bytes with no pieces, and room for @capacity of them. */
static inline DaxwinInventory
imagine(uint64_t size, size_t capacity)
{
    return (DaxwinInventory){
        .base = (const void *)0x40000000,
        .size = size,
        .max_mappings = 100,
        .usage = { .areas = 1, .area_budget = 50 },
        .pieces = g_new0(DaxwinPiece, capacity),
    };
}

/* Adds a piece of inode 7 on device 8:1. */
static inline void
add_piece(DaxwinInventory *inventory, DaxwinMapping mapping, size_t mappings)
{
    inventory->pieces[inventory->n_pieces++] =
        (DaxwinPiece){ mapping, { makedev(8, 1), 7 }, mappings };
    inventory->usage.mappings += mappings;
    inventory->usage.bytes_mapped += mapping.length;
}

/* A window of @n pieces of 1 MiB, each with as much beside it in which nothing is mapped. */
static inline DaxwinInventory
imagine_many(size_t n)
{
    DaxwinInventory inventory = imagine((uint64_t)n * 2 * MIB, n);

    for (uint64_t i = 0; i < n; i++) {
        add_piece(&inventory, (DaxwinMapping){ i * 2 * MIB, 0, MIB, DAXWIN_ACCESS_READ }, 1);
    }
    return inventory;
}
