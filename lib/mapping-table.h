/* SPDX-License-Identifier: BSD-3-Clause */
/* mapping-table.h: which mappings a window holds, sorted by place and never overlapping. */
#pragma once

#include "table-leaf.h"

/* An array in pieces: leaves of up to 32 entries, and beside them where each leaf starts, so that
 * a search walks through one dense array and one leaf, and a change moves a few entries only. */
typedef struct {
    DaxwinTableLeaf **leaves; /* none is empty */
    uint64_t *starts;         /* window offset of the first entry of each leaf */
    size_t n_leaves;
    size_t capacity;     /* of both arrays */
    size_t recent;       /* the leaf that was found last: a hint, not part of the value */
    size_t recent_index; /* and the entry in it; below the capacity of a leaf */
    size_t count;        /* entries */
    size_t gaps;         /* idle stretches between them, and before and behind */
    uint64_t bytes;      /* sum of their lengths */
    uint64_t size;       /* of the window, fixed at birth */
} DaxwinMappingTable;

/* Makes an empty table for a window of @size bytes. */
void daxwin_mapping_table_init(DaxwinMappingTable *table, uint64_t size);

/* Where an entry stands; any change of the table makes it stale. */
typedef struct {
    size_t leaf;
    size_t index;
} DaxwinTablePlace;

/* Forgets all entries and frees all memory. */
void daxwin_mapping_table_clear(DaxwinMappingTable *table);

/* Fetches into the cache what a search for @offset needs, while the caller does something else. */
void daxwin_mapping_table_prefetch(const DaxwinMappingTable *table, uint64_t offset);

/* The first entry that ends behind @offset: it covers @offset or is the next one. */
DaxwinTablePlace daxwin_mapping_table_seek(const DaxwinMappingTable *table, uint64_t offset);

/* The entry at @place, or NULL at the end of the table. */
const DaxwinTableEntry *daxwin_mapping_table_at(const DaxwinMappingTable *table,
                                                DaxwinTablePlace place);

/* The place behind @place, which is not the end. */
DaxwinTablePlace daxwin_mapping_table_next(const DaxwinMappingTable *table, DaxwinTablePlace place);

/* The entry that covers @offset, or NULL. */
const DaxwinTableEntry *daxwin_mapping_table_find(const DaxwinMappingTable *table, uint64_t offset);

/* The first entry that overlaps @range, or NULL. */
const DaxwinTableEntry *daxwin_mapping_table_first_in(const DaxwinMappingTable *table,
                                                      DaxwinRange range);

/* Removes, shortens and splits entries until none overlaps @range. Returns how many did. */
size_t daxwin_mapping_table_cut(DaxwinMappingTable *table, DaxwinRange range);

/* Adds an entry whose range is free. */
void daxwin_mapping_table_insert(DaxwinMappingTable *table, const DaxwinTableEntry *entry);
