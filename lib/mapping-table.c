/* SPDX-License-Identifier: BSD-3-Clause */
/* mapping-table.c: which mappings a window holds, sorted by place and never overlapping. */
#include "mapping-table.h"

#include <string.h>

enum {
    FIRST_CAPACITY = 8
};

static uint64_t
start_of(const DaxwinTableEntry *entry)
{
    return entry->mapping.window_offset;
}

static uint64_t
end_of(const DaxwinTableEntry *entry)
{
    return entry->mapping.window_offset + entry->mapping.length;
}

/* Whether the last leaf that starts at or before @offset is the one at @position. */
static bool
is_leaf_of(const DaxwinMappingTable *table, size_t position, uint64_t offset)
{
    return position < table->n_leaves && table->starts[position] <= offset &&
           (position + 1 == table->n_leaves || offset < table->starts[position + 1]);
}

/* The last leaf that starts at or before @offset, else the first. The table is not empty. The loop
 * has no branch to be mispredicted: it only chooses where to go on. */
static size_t
search_leaf(const DaxwinMappingTable *table, uint64_t offset)
{
    const uint64_t *first = table->starts;

    for (size_t n = table->n_leaves; n > 1; n -= n / 2) {
        first += first[n / 2] <= offset ? n / 2 : 0;
    }
    return (size_t)(first - table->starts);
}

/* The same; one request asks for one place several times, so the last answer is tried first. */
static size_t
find_leaf(const DaxwinMappingTable *table, uint64_t offset)
{
    if (!is_leaf_of(table, table->recent, offset)) {
        ((DaxwinMappingTable *)table)->recent = search_leaf(table, offset);
    }
    return table->recent;
}

/* The first entry of the leaf at @position that ends behind @offset, or its count; found as above,
 * with the last answer tried first. */
static size_t
find_index(const DaxwinMappingTable *table, size_t position, uint64_t offset)
{
    const DaxwinTableLeaf *leaf = table->leaves[position];
    size_t recent = table->recent_index;

    if (offset >= leaf->ends[recent] || (recent > 0 && offset < leaf->ends[recent - 1])) {
        recent = daxwin_table_leaf_seek(leaf, offset);
        ((DaxwinMappingTable *)table)->recent_index = MIN(recent, DAXWIN_LEAF_CAPACITY - 1);
    }
    return recent;
}

/* A place behind the last entry of a leaf is really the first one of the next. */
static DaxwinTablePlace
normalize(const DaxwinMappingTable *table, DaxwinTablePlace place)
{
    if (place.index == table->leaves[place.leaf]->count) {
        return (DaxwinTablePlace){ place.leaf + 1, 0 };
    }
    return place;
}

void
daxwin_mapping_table_prefetch(const DaxwinMappingTable *table, uint64_t offset)
{
    if (table->n_leaves > 0) {
        daxwin_table_leaf_prefetch(table->leaves[find_leaf(table, offset)]);
    }
}

DaxwinTablePlace
daxwin_mapping_table_seek(const DaxwinMappingTable *table, uint64_t offset)
{
    if (table->n_leaves == 0) {
        return (DaxwinTablePlace){ 0, 0 };
    }

    size_t leaf = find_leaf(table, offset);

    return normalize(table, (DaxwinTablePlace){ leaf, find_index(table, leaf, offset) });
}

static DaxwinTableEntry *
entry_at(const DaxwinMappingTable *table, DaxwinTablePlace place)
{
    return place.leaf < table->n_leaves
               ? daxwin_table_leaf_at(table->leaves[place.leaf], place.index)
               : NULL;
}

const DaxwinTableEntry *
daxwin_mapping_table_at(const DaxwinMappingTable *table, DaxwinTablePlace place)
{
    return entry_at(table, place);
}

DaxwinTablePlace
daxwin_mapping_table_next(const DaxwinMappingTable *table, DaxwinTablePlace place)
{
    return normalize(table, (DaxwinTablePlace){ place.leaf, place.index + 1 });
}

const DaxwinTableEntry *
daxwin_mapping_table_find(const DaxwinMappingTable *table, uint64_t offset)
{
    const DaxwinTableEntry *entry = entry_at(table, daxwin_mapping_table_seek(table, offset));

    return entry != NULL && start_of(entry) <= offset ? entry : NULL;
}

const DaxwinTableEntry *
daxwin_mapping_table_first_in(const DaxwinMappingTable *table, DaxwinRange range)
{
    const DaxwinTableEntry *entry = entry_at(table, daxwin_mapping_table_seek(table, range.offset));

    return entry != NULL && start_of(entry) < daxwin_range_end(range) ? entry : NULL;
}

static void
make_room_for_leaf(DaxwinMappingTable *table)
{
    if (table->n_leaves < table->capacity) {
        return;
    }
    table->capacity = MAX(table->capacity * 2, FIRST_CAPACITY);
    table->leaves = g_renew(DaxwinTableLeaf *, table->leaves, table->capacity);
    table->starts = g_renew(uint64_t, table->starts, table->capacity);
}

/* Puts a new, empty leaf at @position. */
static DaxwinTableLeaf *
insert_leaf(DaxwinMappingTable *table, size_t position)
{
    size_t behind = table->n_leaves - position;

    make_room_for_leaf(table);
    memmove(&table->leaves[position + 1], &table->leaves[position],
            behind * sizeof table->leaves[0]);
    memmove(&table->starts[position + 1], &table->starts[position],
            behind * sizeof table->starts[0]);
    table->leaves[position] = g_new(DaxwinTableLeaf, 1);
    daxwin_table_leaf_init(table->leaves[position]);
    table->n_leaves++;
    return table->leaves[position];
}

static void
remove_leaf(DaxwinMappingTable *table, size_t position)
{
    size_t behind = table->n_leaves - position - 1;

    g_free(table->leaves[position]);
    memmove(&table->leaves[position], &table->leaves[position + 1],
            behind * sizeof table->leaves[0]);
    memmove(&table->starts[position], &table->starts[position + 1],
            behind * sizeof table->starts[0]);
    table->n_leaves--;
}

static void
note_start(DaxwinMappingTable *table, size_t position)
{
    table->starts[position] = start_of(daxwin_table_leaf_at(table->leaves[position], 0));
}

/* Makes the leaves at @position and behind it equally full. */
static void
balance(DaxwinMappingTable *table, size_t position)
{
    daxwin_table_leaf_balance(table->leaves[position], table->leaves[position + 1]);
    note_start(table, position + 1);
}

/* Whether there is a leaf at @position that can take some entries of a neighbour which is full;
 * only a few would not be worth the effort. */
static bool
is_roomy(const DaxwinMappingTable *table, size_t position)
{
    return position < table->n_leaves &&
           table->leaves[position]->count <= DAXWIN_LEAF_CAPACITY * 3 / 4;
}

/* Makes room in the full leaf at @position: a neighbour takes some of it, or else a new one. */
static void
relieve(DaxwinMappingTable *table, size_t position)
{
    if (is_roomy(table, position + 1)) {
        balance(table, position);
    } else if (position > 0 && is_roomy(table, position - 1)) {
        balance(table, position - 1);
    } else {
        (void)insert_leaf(table, position + 1);
        balance(table, position);
    }
}

/* The leaf that an entry at @offset belongs into, with room for it. */
static size_t
leaf_with_room(DaxwinMappingTable *table, uint64_t offset)
{
    if (table->n_leaves == 0) {
        (void)insert_leaf(table, 0);
        return 0;
    }

    size_t position = find_leaf(table, offset);
    const DaxwinTableLeaf *leaf = table->leaves[position];

    if (leaf->count < DAXWIN_LEAF_CAPACITY) {
        return position;
    }
    if (position + 1 == table->n_leaves && offset >= leaf->ends[leaf->count - 1]) {
        (void)insert_leaf(table, table->n_leaves); /* filled in order, leaves stay full */
        return position + 1;
    }
    relieve(table, position);
    return find_leaf(table, offset);
}

/* Where the entry before @place ends, or the window starts. */
static uint64_t
end_before(const DaxwinMappingTable *table, DaxwinTablePlace place)
{
    if (place.index > 0) {
        return table->leaves[place.leaf]->ends[place.index - 1];
    }
    if (place.leaf > 0) {
        const DaxwinTableLeaf *leaf = table->leaves[place.leaf - 1];

        return leaf->ends[leaf->count - 1];
    }
    return 0;
}

/* Where the entry at @place starts, or the window ends. */
static uint64_t
start_at(const DaxwinMappingTable *table, DaxwinTablePlace place)
{
    const DaxwinTableEntry *entry = entry_at(table, normalize(table, place));

    return entry != NULL ? start_of(entry) : table->size;
}

/* How many idle stretches more there are without an entry that touches its neighbours or not. */
static size_t
gaps_without(const DaxwinTableEntry *entry, uint64_t before, uint64_t behind)
{
    return (size_t)(before == start_of(entry)) + (size_t)(behind == end_of(entry)) - 1;
}

void
daxwin_mapping_table_insert(DaxwinMappingTable *table, const DaxwinTableEntry *entry)
{
    size_t position = leaf_with_room(table, start_of(entry));
    DaxwinTableLeaf *leaf = table->leaves[position];
    size_t index = find_index(table, position, start_of(entry));
    DaxwinTablePlace place = { position, index };

    table->gaps -= gaps_without(entry, end_before(table, place), start_at(table, place));
    daxwin_table_leaf_insert(leaf, index, entry);
    if (index == 0) {
        note_start(table, position);
    }
    table->count++;
    table->bytes += entry->mapping.length;
}

/* Joins the leaf at @position with the next one if both together are at most half full, so that
 * a table whose entries come and go keeps few leaves. */
static void
join_thin_leaves(DaxwinMappingTable *table, size_t position)
{
    if (position + 1 >= table->n_leaves) {
        return;
    }

    DaxwinTableLeaf *lower = table->leaves[position];
    DaxwinTableLeaf *upper = table->leaves[position + 1];

    if (lower->count + upper->count <= DAXWIN_LEAF_CAPACITY / 2) {
        daxwin_table_leaf_join(lower, upper);
        remove_leaf(table, position + 1);
    }
}

static void
remove_entry(DaxwinMappingTable *table, DaxwinTablePlace place)
{
    DaxwinTableLeaf *leaf = table->leaves[place.leaf];
    const DaxwinTableEntry *entry = daxwin_table_leaf_at(leaf, place.index);
    DaxwinTablePlace next = { place.leaf, place.index + 1 };

    table->gaps += gaps_without(entry, end_before(table, place), start_at(table, next));
    table->count--;
    table->bytes -= entry->mapping.length;
    daxwin_table_leaf_remove(leaf, place.index);
    if (leaf->count == 0) {
        remove_leaf(table, place.leaf);
        return;
    }
    if (place.index == 0) {
        note_start(table, place.leaf);
    }
    if (leaf->count < DAXWIN_LEAF_CAPACITY / 2) {
        join_thin_leaves(table, place.leaf);
        if (place.leaf > 0) {
            join_thin_leaves(table, place.leaf - 1);
        }
    }
}

static void
insert_part(DaxwinMappingTable *table, const DaxwinTableEntry *entry, uint64_t start, uint64_t end)
{
    if (start < end) {
        DaxwinTableEntry part = *entry;

        part.mapping = daxwin_mapping_clip(&entry->mapping, (DaxwinRange){ start, end - start });
        daxwin_mapping_table_insert(table, &part);
    }
}

/* Takes @range out of the entry at @place, which overlaps it. */
static void
cut_entry(DaxwinMappingTable *table, DaxwinTablePlace place, DaxwinRange range)
{
    const DaxwinTableEntry *listed = entry_at(table, place);

    if (daxwin_range_covers(range, daxwin_mapping_range(&listed->mapping))) {
        remove_entry(table, place);
        return;
    }

    const DaxwinTableEntry entry = *listed;

    remove_entry(table, place);
    insert_part(table, &entry, start_of(&entry), range.offset);
    insert_part(table, &entry, daxwin_range_end(range), end_of(&entry));
}

void
daxwin_mapping_table_init(DaxwinMappingTable *table, uint64_t size)
{
    *table = (DaxwinMappingTable){ .gaps = 1, .size = size };
}

void
daxwin_mapping_table_clear(DaxwinMappingTable *table)
{
    for (size_t i = 0; i < table->n_leaves; i++) {
        g_free(table->leaves[i]);
    }
    g_free(table->leaves);
    g_free(table->starts);
    daxwin_mapping_table_init(table, table->size);
}

size_t
daxwin_mapping_table_cut(DaxwinMappingTable *table, DaxwinRange range)
{
    uint64_t next = range.offset;
    size_t touched = 0;

    if (range.offset == 0 && range.length == table->size) {
        touched = table->count;
        daxwin_mapping_table_clear(table);
        return touched;
    }
    while (next < daxwin_range_end(range)) {
        DaxwinTablePlace place = daxwin_mapping_table_seek(table, next);
        const DaxwinTableEntry *entry = entry_at(table, place);

        if (entry == NULL || start_of(entry) >= daxwin_range_end(range)) {
            return touched;
        }
        next = end_of(entry);
        cut_entry(table, place, range);
        touched++;
    }
    return touched;
}
