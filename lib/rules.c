/* SPDX-License-Identifier: BSD-3-Clause */
/* rules.c: what a strict window and the mapping limit forbid, as the table stands. */
#include "rules.h"

#include "error-private.h"

#include <inttypes.h>
#include <stdlib.h>

static void
set_overlap(GError **error, const DaxwinMapping *mapping, const DaxwinMapping *other)
{
    g_autofree char *wanted = daxwin_mapping_to_string(mapping);
    g_autofree char *present = daxwin_mapping_to_string(other);

    g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_OVERLAP, "mapping %s overlaps mapping %s", wanted,
                present);
}

static int
compare_by_offset(const void *a, const void *b)
{
    uint64_t first = ((const DaxwinMapping *)a)->window_offset;
    uint64_t second = ((const DaxwinMapping *)b)->window_offset;

    return (first > second) - (first < second);
}

/* The first two of @mappings, in window order, that meet; false if none do. */
static bool
find_meeting(const DaxwinMapping *mappings, size_t n, DaxwinMapping *lower, DaxwinMapping *upper)
{
    if (n < 2) {
        return false;
    }

    g_autofree DaxwinMapping *sorted = g_memdup2(mappings, n * sizeof mappings[0]);

    qsort(sorted, n, sizeof sorted[0], compare_by_offset);
    for (size_t i = 1; i < n; i++) {
        if (daxwin_range_overlaps(daxwin_mapping_range(&sorted[i - 1]),
                                  daxwin_mapping_range(&sorted[i]))) {
            *lower = sorted[i - 1];
            *upper = sorted[i];
            return true;
        }
    }
    return false;
}

bool
daxwin_rules_check_free(const DaxwinMappingTable *table, const DaxwinMapping *mappings, size_t n,
                        GError **error)
{
    DaxwinMapping lower;
    DaxwinMapping upper;

    for (size_t i = 0; i < n; i++) {
        const DaxwinTableEntry *entry =
            daxwin_mapping_table_first_in(table, daxwin_mapping_range(&mappings[i]));

        if (entry != NULL) {
            set_overlap(error, &mappings[i], &entry->mapping);
            return false;
        }
    }
    if (find_meeting(mappings, n, &lower, &upper)) {
        set_overlap(error, &upper, &lower);
        return false;
    }
    return true;
}

bool
daxwin_rules_check_exact(const DaxwinMappingTable *table, DaxwinRange range, GError **error)
{
    const DaxwinTableEntry *entry = daxwin_mapping_table_find(table, range.offset);

    if (entry == NULL || entry->mapping.window_offset != range.offset ||
        entry->mapping.length != range.length) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_NOT_MAPPED,
                    "range [0x%" PRIx64 ", 0x%" PRIx64 ") is not exactly one mapping", range.offset,
                    daxwin_range_end(range));
        return false;
    }
    return true;
}

/* By how many the mappings in the table grow when @range is mapped: 1 for the new one, -1 for each
 * that it covers, 1 more where it splits one in two. */
static int64_t
growth_by_one(const DaxwinMappingTable *table, DaxwinRange range)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(table, range.offset);
    const DaxwinTableEntry *entry = daxwin_mapping_table_at(table, place);
    int64_t growth = 1;

    while (entry != NULL && entry->mapping.window_offset < daxwin_range_end(range)) {
        DaxwinRange old = daxwin_mapping_range(&entry->mapping);

        if (daxwin_range_covers(range, old)) {
            growth--;
        } else if (old.offset < range.offset && daxwin_range_end(range) < daxwin_range_end(old)) {
            growth++;
        }
        place = daxwin_mapping_table_next(table, place);
        entry = daxwin_mapping_table_at(table, place);
    }
    return growth;
}

/* The same for all of @mappings, or more where a mapping is covered by several of them together,
 * or where they meet, in which case each may do its worst to the one before it. */
static int64_t
growth_by_all(const DaxwinMappingTable *table, const DaxwinMapping *mappings, size_t n)
{
    DaxwinMapping lower;
    DaxwinMapping upper;
    int64_t growth = 0;

    if (find_meeting(mappings, n, &lower, &upper)) {
        return 2 * (int64_t)n;
    }
    for (size_t i = 0; i < n; i++) {
        growth += growth_by_one(table, daxwin_mapping_range(&mappings[i]));
    }
    return growth;
}

bool
daxwin_rules_check_limit(const DaxwinMappingTable *table, const DaxwinMapping *mappings, size_t n,
                         size_t max_mappings, GError **error)
{
    /* Each entry adds itself and splits one older mapping at most: mostly there is room for that
     * and nothing has to be counted. */
    bool is_roomy = table->count <= max_mappings && n <= (max_mappings - table->count) / 2;

    if (!is_roomy &&
        (int64_t)table->count + growth_by_all(table, mappings, n) > (int64_t)max_mappings) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT,
                    "%zu more mappings could exceed the limit of %zu, of which %zu are in use", n,
                    max_mappings, table->count);
        return false;
    }
    return true;
}
