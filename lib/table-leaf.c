/* SPDX-License-Identifier: BSD-3-Clause */
/* table-leaf.c: a few mappings, sorted by place. */
#include "table-leaf.h"

#include <string.h>

void
daxwin_table_leaf_init(DaxwinTableLeaf *leaf)
{
    leaf->count = 0;
    for (size_t i = 0; i < DAXWIN_LEAF_CAPACITY; i++) {
        leaf->ends[i] = UINT64_MAX;
        leaf->slots[i] = (uint8_t)i;
    }
}

void
daxwin_table_leaf_insert(DaxwinTableLeaf *leaf, size_t index, const DaxwinTableEntry *entry)
{
    size_t behind = leaf->count - index;
    uint8_t slot = leaf->slots[leaf->count];

    memmove(&leaf->ends[index + 1], &leaf->ends[index], behind * sizeof leaf->ends[0]);
    memmove(&leaf->slots[index + 1], &leaf->slots[index], behind);
    leaf->ends[index] = entry->mapping.window_offset + entry->mapping.length;
    leaf->slots[index] = slot;
    leaf->entries[slot] = *entry;
    leaf->count++;
}

void
daxwin_table_leaf_remove(DaxwinTableLeaf *leaf, size_t index)
{
    size_t behind = --leaf->count - index;
    uint8_t slot = leaf->slots[index];

    memmove(&leaf->ends[index], &leaf->ends[index + 1], behind * sizeof leaf->ends[0]);
    memmove(&leaf->slots[index], &leaf->slots[index + 1], behind);
    leaf->ends[leaf->count] = UINT64_MAX;
    leaf->slots[leaf->count] = slot;
}

/* Moves the last entry of @lower to the front of @upper. */
static void
move_up(DaxwinTableLeaf *lower, DaxwinTableLeaf *upper)
{
    daxwin_table_leaf_insert(upper, 0, daxwin_table_leaf_at(lower, lower->count - 1));
    daxwin_table_leaf_remove(lower, lower->count - 1);
}

/* Moves the first entry of @upper to the end of @lower. */
static void
move_down(DaxwinTableLeaf *lower, DaxwinTableLeaf *upper)
{
    daxwin_table_leaf_insert(lower, lower->count, daxwin_table_leaf_at(upper, 0));
    daxwin_table_leaf_remove(upper, 0);
}

void
daxwin_table_leaf_balance(DaxwinTableLeaf *lower, DaxwinTableLeaf *upper)
{
    while (lower->count > upper->count + 1) {
        move_up(lower, upper);
    }
    while (upper->count > lower->count + 1) {
        move_down(lower, upper);
    }
}

void
daxwin_table_leaf_join(DaxwinTableLeaf *lower, DaxwinTableLeaf *upper)
{
    while (upper->count > 0) {
        move_down(lower, upper);
    }
}
