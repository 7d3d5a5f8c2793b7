/* SPDX-License-Identifier: BSD-3-Clause */
/* table-leaf.h: a few mappings, sorted by place. */
#pragma once

#include "file.h"
#include "mapping-private.h"

enum {
    DAXWIN_LEAF_CAPACITY = 32
};

/* A mapping and the file it shows. */
typedef struct {
    DaxwinMapping mapping;
    DaxwinFile file;
} DaxwinTableEntry;

/* A search reads nothing but @ends, and entries stay where they are when others come and go: few
 * cache lines are touched, and no loop depends on how many entries there are. */
typedef struct {
    size_t count;
    uint64_t ends[DAXWIN_LEAF_CAPACITY]; /* of the entries in order, then UINT64_MAX */
    uint8_t slots[DAXWIN_LEAF_CAPACITY]; /* where the entries are in order, then the free slots */
    DaxwinTableEntry entries[DAXWIN_LEAF_CAPACITY];
} DaxwinTableLeaf;

/* Makes an empty leaf. */
void daxwin_table_leaf_init(DaxwinTableLeaf *leaf);

/* Puts @entry at @index into a leaf that is not full. */
void daxwin_table_leaf_insert(DaxwinTableLeaf *leaf, size_t index, const DaxwinTableEntry *entry);

/* Removes the entry at @index. */
void daxwin_table_leaf_remove(DaxwinTableLeaf *leaf, size_t index);

/* Moves entries between @lower and the next leaf, @upper, until both are equally full. */
void daxwin_table_leaf_balance(DaxwinTableLeaf *lower, DaxwinTableLeaf *upper);

/* Moves all entries of @upper, the next leaf, to @lower, which has room for them. */
void daxwin_table_leaf_join(DaxwinTableLeaf *lower, DaxwinTableLeaf *upper);

/* Fetches into the cache what a search and a change need. */
static inline void
daxwin_table_leaf_prefetch(const DaxwinTableLeaf *leaf)
{
    const char *start = (const char *)leaf;

    for (size_t i = 0; i < offsetof(DaxwinTableLeaf, entries); i += 64) {
        __builtin_prefetch(start + i);
    }
}

/* The entry at @index, which is below the count. */
static inline DaxwinTableEntry *
daxwin_table_leaf_at(DaxwinTableLeaf *leaf, size_t index)
{
    return &leaf->entries[leaf->slots[index]];
}

/* The first entry that ends behind @offset, or the count. */
static inline size_t
daxwin_table_leaf_seek(const DaxwinTableLeaf *leaf, uint64_t offset)
{
    uint64_t last = MIN(offset, UINT64_MAX - 1); /* behind every entry, before what fills up */
    size_t index = 0;

    for (size_t step = DAXWIN_LEAF_CAPACITY / 2; step > 0; step /= 2) {
        index += leaf->ends[index + step - 1] <= last ? step : 0;
    }
    return index + (leaf->ends[index] <= last);
}
