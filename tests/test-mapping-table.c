/* SPDX-License-Identifier: BSD-3-Clause */
/* test-mapping-table.c: the list of mappings, case by case and against a model of single pages. */
#include "support/testing.h"

#include "mapping-table.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The table knows no pages: any unit would do. */
static const uint64_t PAGE = 4096;

/* Of a window that no test fills. */
static const uint64_t SIZE = UINT64_C(1) << 40;

enum {
    LEAF_CAPACITY = DAXWIN_LEAF_CAPACITY
};

static DaxwinMappingTable table;

static int
make_table(void **state)
{
    (void)state;
    daxwin_mapping_table_init(&table, SIZE);
    return 0;
}

static int
forget_entries(void **state)
{
    (void)state;
    daxwin_mapping_table_clear(&table);
    return 0;
}

static DaxwinRange
pages(uint64_t start, uint64_t length)
{
    return (DaxwinRange){ start * PAGE, length * PAGE };
}

/* Lists @length pages at page @start, which show the file from page @start + 1000 on. */
static void
list(uint64_t start, uint64_t length)
{
    DaxwinTableEntry entry = { { start * PAGE, (start + 1000) * PAGE, length * PAGE,
                                 DAXWIN_ACCESS_READ },
                               { { 7, 8 }, 9, PAGE } };

    daxwin_mapping_table_insert(&table, &entry);
}

/* Lists @count entries of one page each, at every second page. */
static void
list_alternating(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list(2 * i, 1);
    }
}

static const DaxwinTableEntry *
first_entry(void)
{
    return daxwin_mapping_table_at(&table, daxwin_mapping_table_seek(&table, 0));
}

/* Whether @entry is as list() made it, or a piece of such a one. */
static bool
is_piece(const DaxwinTableEntry *entry, uint64_t start, uint64_t length)
{
    return entry != NULL && entry->mapping.window_offset == start * PAGE &&
           entry->mapping.file_offset == (start + 1000) * PAGE &&
           entry->mapping.length == length * PAGE && entry->mapping.access == DAXWIN_ACCESS_READ &&
           entry->file.id.device == 7 && entry->file.id.inode == 8 && entry->file.size == 9 &&
           entry->file.page == PAGE;
}

/* Whether page @start is shown by such a piece of @length pages that starts there. */
static bool
lists(uint64_t start, uint64_t length)
{
    return is_piece(daxwin_mapping_table_find(&table, start * PAGE), start, length);
}

static void
empty_table_has_nothing(void **state)
{
    (void)state;
    assert_null(first_entry());
    assert_null(daxwin_mapping_table_find(&table, 0));
    assert_null(daxwin_mapping_table_first_in(&table, pages(0, 100)));
    assert_int_equal(table.count, 0);
    assert_int_equal(table.bytes, 0);
    assert_int_equal(table.gaps, 1);
    assert_int_equal(table.size, SIZE);
}

static void
empty_table_has_nothing_to_cut(void **state)
{
    (void)state;
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(0, 100)), 0);
}

static void
listed_entry_is_found_by_each_of_its_bytes(void **state)
{
    (void)state;
    list(4, 4);
    assert_true(is_piece(daxwin_mapping_table_find(&table, 4 * PAGE), 4, 4));
    assert_true(is_piece(daxwin_mapping_table_find(&table, 6 * PAGE + 5), 4, 4));
    assert_true(is_piece(daxwin_mapping_table_find(&table, 8 * PAGE - 1), 4, 4));
}

static void
bytes_beside_an_entry_find_nothing(void **state)
{
    (void)state;
    list(4, 4);
    assert_null(daxwin_mapping_table_find(&table, 4 * PAGE - 1));
    assert_null(daxwin_mapping_table_find(&table, 8 * PAGE));
}

static void
seek_gives_the_entry_that_covers_or_comes_next(void **state)
{
    (void)state;
    list(4, 4);
    list(12, 1);
    assert_true(is_piece(
        daxwin_mapping_table_at(&table, daxwin_mapping_table_seek(&table, 7 * PAGE)), 4, 4));
    assert_true(is_piece(
        daxwin_mapping_table_at(&table, daxwin_mapping_table_seek(&table, 8 * PAGE)), 12, 1));
    assert_null(daxwin_mapping_table_at(&table, daxwin_mapping_table_seek(&table, 13 * PAGE)));
}

static void
first_in_a_range_is_the_lowest_that_overlaps(void **state)
{
    (void)state;
    list(4, 4);
    list(8, 1);
    assert_true(is_piece(daxwin_mapping_table_first_in(&table, pages(7, 2)), 4, 4));
    assert_true(is_piece(daxwin_mapping_table_first_in(&table, pages(0, 5)), 4, 4));
    assert_true(is_piece(daxwin_mapping_table_first_in(&table, pages(8, 9)), 8, 1));
    assert_null(daxwin_mapping_table_first_in(&table, pages(0, 4)));
    assert_null(daxwin_mapping_table_first_in(&table, pages(9, 9)));
}

static void
count_and_bytes_are_sums(void **state)
{
    (void)state;
    list(4, 4);
    list(0, 1);
    list(8, 2);
    assert_int_equal(table.count, 3);
    assert_int_equal(table.bytes, 7 * PAGE);
}

static void
gaps_are_counted_between_and_beside_entries(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(table.gaps, 2);
    list(10, 1);
    assert_int_equal(table.gaps, 3);
    list(8, 2);
    assert_int_equal(table.gaps, 2);
    list(0, 4);
    assert_int_equal(table.gaps, 1);
    list(11, SIZE / PAGE - 11);
    assert_int_equal(table.gaps, 0);
}

static void
gaps_come_back_with_cuts(void **state)
{
    (void)state;
    list(0, SIZE / PAGE);
    assert_int_equal(table.gaps, 0);
    daxwin_mapping_table_cut(&table, pages(5, 1));
    assert_int_equal(table.gaps, 1);
    daxwin_mapping_table_cut(&table, pages(0, 1));
    assert_int_equal(table.gaps, 2);
    daxwin_mapping_table_cut(&table, pages(1, 4));
    assert_int_equal(table.gaps, 1);
    daxwin_mapping_table_cut(&table, pages(SIZE / PAGE - 1, 1));
    assert_int_equal(table.gaps, 2);
    daxwin_mapping_table_cut(&table, pages(0, SIZE / PAGE));
    assert_int_equal(table.gaps, 1);
}

static void
gaps_at_the_ends_of_leaves_are_counted_once(void **state)
{
    uint64_t boundary;

    (void)state;
    list_alternating(2 * LEAF_CAPACITY);
    assert_int_equal(table.gaps, 2 * LEAF_CAPACITY);
    boundary = table.starts[1] / PAGE;
    list(boundary - 1, 1);
    assert_int_equal(table.gaps, 2 * LEAF_CAPACITY - 1);
    daxwin_mapping_table_cut(&table, pages(boundary, 1));
    assert_int_equal(table.gaps, 2 * LEAF_CAPACITY - 1);
    daxwin_mapping_table_cut(&table, pages(boundary - 1, 1));
    assert_int_equal(table.gaps, 2 * LEAF_CAPACITY - 1);
}

static void
neighbours_that_continue_each_other_stay_apart(void **state)
{
    (void)state;
    list(4, 4);
    list(8, 4);
    assert_true(lists(4, 4));
    assert_true(lists(8, 4));
    assert_int_equal(table.count, 2);
}

static void
iteration_gives_entries_in_window_order(void **state)
{
    static const uint64_t starts[] = { 30, 10, 50, 0, 40, 20 };
    DaxwinTablePlace place;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        list(starts[i], 1);
    }
    place = daxwin_mapping_table_seek(&table, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        assert_true(is_piece(daxwin_mapping_table_at(&table, place), 10 * i, 1));
        place = daxwin_mapping_table_next(&table, place);
    }
    assert_null(daxwin_mapping_table_at(&table, place));
}

static void
cut_beside_an_entry_leaves_it(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(0, 4)), 0);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(8, 4)), 0);
    assert_true(lists(4, 4));
    assert_int_equal(table.bytes, 4 * PAGE);
}

static void
cut_of_just_the_entry_removes_it(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(4, 4)), 1);
    assert_null(first_entry());
    assert_int_equal(table.count, 0);
    assert_int_equal(table.bytes, 0);
}

static void
cut_of_the_head_leaves_the_tail(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(2, 3)), 1);
    assert_true(lists(5, 3));
    assert_int_equal(table.count, 1);
    assert_int_equal(table.bytes, 3 * PAGE);
}

static void
cut_of_the_tail_leaves_the_head(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(7, 3)), 1);
    assert_true(lists(4, 3));
    assert_int_equal(table.count, 1);
    assert_int_equal(table.bytes, 3 * PAGE);
}

static void
cut_in_the_middle_leaves_both_ends(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(5, 2)), 1);
    assert_true(lists(4, 1));
    assert_true(lists(7, 1));
    assert_null(daxwin_mapping_table_first_in(&table, pages(5, 2)));
    assert_int_equal(table.count, 2);
    assert_int_equal(table.bytes, 2 * PAGE);
}

static void
cut_over_several_shortens_the_outer_ones(void **state)
{
    (void)state;
    list(0, 4);
    list(4, 4);
    list(10, 1);
    list(12, 4);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(3, 10)), 4);
    assert_true(lists(0, 3));
    assert_true(lists(13, 3));
    assert_int_equal(table.count, 2);
    assert_int_equal(table.bytes, 6 * PAGE);
}

static void
cut_ending_at_the_end_of_the_address_space_is_no_trouble(void **state)
{
    (void)state;
    list(4, 4);
    assert_int_equal(
        daxwin_mapping_table_cut(&table, (DaxwinRange){ 6 * PAGE, UINT64_MAX - 6 * PAGE }), 1);
    assert_true(lists(4, 2));
}

static void
full_leaf_is_split_for_one_more(void **state)
{
    (void)state;
    list_alternating(LEAF_CAPACITY);
    assert_int_equal(table.n_leaves, 1);
    list(2 * LEAF_CAPACITY, 1);
    assert_int_equal(table.n_leaves, 2);
    assert_int_equal(table.count, LEAF_CAPACITY + 1);
    for (size_t i = 0; i <= LEAF_CAPACITY; i++) {
        assert_true(lists(2 * i, 1));
    }
}

static void
entry_may_go_into_either_half_of_a_split_leaf(void **state)
{
    (void)state;
    list_alternating(LEAF_CAPACITY);
    list(1, 1);
    assert_int_equal(table.n_leaves, 2);
    assert_true(lists(1, 1));
    list(LEAF_CAPACITY - 1, 1); /* between the halves */
    assert_true(lists(LEAF_CAPACITY - 1, 1));
    assert_int_equal(table.count, LEAF_CAPACITY + 2);
}

static void
entry_before_all_others_goes_into_the_first_leaf(void **state)
{
    (void)state;
    for (size_t i = 100; i > 0; i--) {
        list(2 * i, 1);
    }
    list(0, 1);
    assert_true(is_piece(first_entry(), 0, 1));
    assert_int_equal(table.starts[0], 0);
    assert_int_equal(table.count, 101);
}

static void
seek_behind_a_leaf_gives_the_first_of_the_next(void **state)
{
    uint64_t boundary;

    (void)state;
    list_alternating(2 * LEAF_CAPACITY);
    boundary = table.starts[1];
    assert_true(
        is_piece(daxwin_mapping_table_first_in(&table, (DaxwinRange){ boundary - PAGE, 2 * PAGE }),
                 boundary / PAGE, 1));
    assert_null(daxwin_mapping_table_find(&table, boundary - PAGE));
}

static void
iteration_crosses_leaves(void **state)
{
    DaxwinTablePlace place;

    (void)state;
    list_alternating(10 * LEAF_CAPACITY);
    place = daxwin_mapping_table_seek(&table, 0);
    for (size_t i = 0; i < 10 * LEAF_CAPACITY; i++) {
        assert_true(is_piece(daxwin_mapping_table_at(&table, place), 2 * i, 1));
        place = daxwin_mapping_table_next(&table, place);
    }
    assert_null(daxwin_mapping_table_at(&table, place));
}

static void
leaf_filled_in_order_stays_full(void **state)
{
    (void)state;
    list_alternating(3 * LEAF_CAPACITY);
    assert_int_equal(table.n_leaves, 3);
    assert_int_equal(table.count, 3 * LEAF_CAPACITY);
}

static void
thin_leaf_is_joined_with_the_next(void **state)
{
    size_t cut = LEAF_CAPACITY / 2 + 1;

    (void)state;
    list_alternating(LEAF_CAPACITY + 1);
    assert_int_equal(table.n_leaves, 2);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(0, 2 * cut)), cut);
    assert_int_equal(table.n_leaves, 1);
    assert_int_equal(table.count, LEAF_CAPACITY / 2);
    assert_true(is_piece(first_entry(), 2 * cut, 1));
}

static void
thin_leaf_is_joined_with_the_one_before(void **state)
{
    size_t cut = LEAF_CAPACITY / 2 + 1;

    (void)state;
    list_alternating(LEAF_CAPACITY + 2);
    daxwin_mapping_table_cut(&table, pages(0, 2 * cut)); /* the first leaf is not thin enough yet */
    assert_int_equal(table.n_leaves, 2);
    daxwin_mapping_table_cut(&table, pages(2 * (LEAF_CAPACITY + 1), 2));
    assert_int_equal(table.n_leaves, 1);
    assert_true(is_piece(first_entry(), 2 * cut, 1));
    assert_true(lists(2 * LEAF_CAPACITY, 1));
    assert_int_equal(table.count, LEAF_CAPACITY / 2);
}

static void
full_leaf_is_relieved_by_the_next(void **state)
{
    (void)state;
    list_alternating(LEAF_CAPACITY + 1);
    list(3, 1);
    assert_int_equal(table.n_leaves, 2);
    assert_true(lists(3, 1));
    assert_true(lists(4, 1));
    assert_true(lists(2 * LEAF_CAPACITY, 1));
}

static void
full_leaf_is_relieved_by_the_one_before(void **state)
{
    (void)state;
    list_alternating(2 * LEAF_CAPACITY);
    daxwin_mapping_table_cut(&table, pages(0, LEAF_CAPACITY));
    list(2 * LEAF_CAPACITY + 3, 1);
    assert_int_equal(table.n_leaves, 2);
    assert_true(is_piece(first_entry(), LEAF_CAPACITY, 1));
    assert_true(lists(2 * LEAF_CAPACITY, 1));
    assert_true(lists(2 * LEAF_CAPACITY + 3, 1));
    assert_true(lists(4 * LEAF_CAPACITY - 2, 1));
}

static void
cut_of_the_whole_window_empties_the_table(void **state)
{
    (void)state;
    list_alternating(3 * LEAF_CAPACITY);
    assert_int_equal(daxwin_mapping_table_cut(&table, (DaxwinRange){ 0, table.size }),
                     3 * LEAF_CAPACITY);
    assert_int_equal(table.count, 0);
    assert_int_equal(table.n_leaves, 0);
    assert_int_equal(table.gaps, 1);
    assert_int_equal(table.bytes, 0);
}

static void
first_and_last_leaf_go_when_empty(void **state)
{
    size_t last = 4 * LEAF_CAPACITY - 1;

    (void)state;
    list_alternating(last + 1);
    daxwin_mapping_table_cut(&table, pages(0, 2 * LEAF_CAPACITY));
    daxwin_mapping_table_cut(&table, pages(2 * (last + 1 - LEAF_CAPACITY), 2 * LEAF_CAPACITY));
    assert_int_equal(table.count, 2 * LEAF_CAPACITY);
    assert_true(is_piece(first_entry(), 2 * LEAF_CAPACITY, 1));
    assert_null(daxwin_mapping_table_find(&table, 2 * last * PAGE));
    assert_true(table.n_leaves <= 4);
}

static void
table_of_many_leaves_can_be_emptied_and_filled_again(void **state)
{
    (void)state;
    list_alternating(100 * LEAF_CAPACITY);
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(0, 200 * LEAF_CAPACITY)),
                     100 * LEAF_CAPACITY);
    assert_int_equal(table.n_leaves, 0);
    assert_int_equal(table.bytes, 0);
    list(4, 4);
    assert_true(lists(4, 4));
    assert_int_equal(table.count, 1);
}

static void
cut_that_splits_an_entry_of_a_full_leaf_splits_the_leaf(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEAF_CAPACITY; i++) {
        list(10 * i, 5);
    }
    assert_int_equal(daxwin_mapping_table_cut(&table, pages(101, 3)), 1);
    assert_int_equal(table.n_leaves, 2);
    assert_true(lists(100, 1));
    assert_true(lists(104, 1));
    assert_int_equal(table.count, LEAF_CAPACITY + 1);
    assert_int_equal(table.bytes, (5 * LEAF_CAPACITY - 3) * PAGE);
}

static void
cleared_table_is_empty(void **state)
{
    (void)state;
    list_alternating(100);
    daxwin_mapping_table_clear(&table);
    assert_null(first_entry());
    assert_int_equal(table.count, 0);
    assert_int_equal(table.bytes, 0);
    assert_int_equal(table.gaps, 1);
    assert_int_equal(table.size, SIZE);
    assert_int_equal(table.n_leaves, 0);
    assert_null(table.leaves);
}

/* The model: for each page of a small window the number of the map that it shows, or 0. */

enum {
    MODEL_PAGES = 768,
    LONGEST = 12
};

typedef struct {
    uint32_t shown[MODEL_PAGES];
    uint32_t maps;
} Model;

/* Each map has a file of its own, so the number tells what every page has to show. */
static DaxwinTableEntry
entry_of_map(uint32_t number, DaxwinRange range)
{
    DaxwinAccess access = number % 2 != 0 ? DAXWIN_ACCESS_READ : DAXWIN_ACCESS_WRITE;

    return (DaxwinTableEntry){ { range.offset, range.offset + number * PAGE, range.length, access },
                               { { 1, number }, number + 5, PAGE } };
}

/* How many pages from @start on show the same map. */
static size_t
run_length(const Model *model, size_t start, size_t end)
{
    size_t next = start + 1;

    while (next < end && model->shown[next] == model->shown[start]) {
        next++;
    }
    return next - start;
}

/* How many maps [@start, @end) shows. */
static size_t
count_shown(const Model *model, size_t start, size_t end)
{
    size_t count = 0;

    for (size_t i = start; i < end; i += run_length(model, i, end)) {
        count += model->shown[i] != 0 ? 1 : 0;
    }
    return count;
}

static void
show(Model *model, size_t start, size_t end, uint32_t number)
{
    for (size_t i = start; i < end; i++) {
        model->shown[i] = number;
    }
}

static bool
is_equal(const DaxwinTableEntry *a, const DaxwinTableEntry *b)
{
    return a->mapping.window_offset == b->mapping.window_offset &&
           a->mapping.file_offset == b->mapping.file_offset &&
           a->mapping.length == b->mapping.length && a->mapping.access == b->mapping.access &&
           a->file.id.device == b->file.id.device && a->file.id.inode == b->file.id.inode &&
           a->file.size == b->file.size && a->file.page == b->file.page;
}

/* Whether the table lists just what the model shows, in that order. */
static bool
agrees(const Model *model)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(&table, 0);
    size_t count = 0;
    size_t gaps = 0;
    uint64_t bytes = 0;

    for (size_t i = 0; i < MODEL_PAGES; i += run_length(model, i, MODEL_PAGES)) {
        DaxwinRange run = pages(i, run_length(model, i, MODEL_PAGES));
        DaxwinTableEntry wanted = entry_of_map(model->shown[i], run);
        const DaxwinTableEntry *entry = daxwin_mapping_table_at(&table, place);

        if (model->shown[i] == 0) {
            gaps++;
            continue;
        }
        if (entry == NULL || !is_equal(entry, &wanted)) {
            return false;
        }
        count++;
        bytes += run.length;
        place = daxwin_mapping_table_next(&table, place);
    }
    return daxwin_mapping_table_at(&table, place) == NULL && table.count == count &&
           table.gaps == gaps && table.bytes == bytes;
}

/* Whether a search for a byte of page @wanted finds what the model shows there. */
static bool
finds(const Model *model, size_t wanted)
{
    const DaxwinTableEntry *entry = daxwin_mapping_table_find(&table, wanted * PAGE + wanted);

    return (entry != NULL ? entry->file.id.inode : 0) == model->shown[wanted];
}

/* Maps or unmaps a random range in both. Mostly little is mapped, sometimes much is unmapped. */
static bool
change_both(Model *model, GRand *random)
{
    bool is_map = g_rand_int_range(random, 0, 100) < 70;
    bool is_big = g_rand_int_range(random, 0, 1000) < 5;
    size_t start = (size_t)g_rand_int_range(random, 0, MODEL_PAGES);
    size_t length = (size_t)g_rand_int_range(random, 1, is_big ? MODEL_PAGES : LONGEST);
    size_t end = MIN(start + (is_map ? 1 + length / 3 : length), MODEL_PAGES);
    DaxwinRange range = pages(start, end - start);
    bool is_true = daxwin_mapping_table_cut(&table, range) == count_shown(model, start, end);

    if (is_map) {
        DaxwinTableEntry entry = entry_of_map(++model->maps, range);

        daxwin_mapping_table_insert(&table, &entry);
    }
    show(model, start, end, is_map ? model->maps : 0);
    return is_true;
}

/* TESTING_SEED=number chooses another sequence. */
static uint32_t
choose_seed(void)
{
    const char *text = getenv("TESTING_SEED");

    return text != NULL ? (uint32_t)strtoul(text, NULL, 0) : 1;
}

static int
choose_number_of_changes(void)
{
    return TESTING_SANITIZED || testing_is_in_valgrind() ? 3000 : 30000;
}

static void
random_changes_leave_table_and_model_equal(void **state)
{
    uint32_t seed = choose_seed();
    GRand *random = g_rand_new_with_seed(seed);
    g_autofree Model *model = g_new0(Model, 1);
    size_t most_leaves = 0;

    (void)state;
    daxwin_mapping_table_init(&table, MODEL_PAGES * PAGE);
    print_message("# TESTING_SEED=%" PRIu32 "\n", seed);
    for (int i = 0; i < choose_number_of_changes(); i++) {
        if (!change_both(model, random) || !agrees(model) ||
            !finds(model, (size_t)g_rand_int_range(random, 0, MODEL_PAGES))) {
            fail_msg("change %d of TESTING_SEED=%" PRIu32 " differs from the model", i, seed);
        }
        most_leaves = MAX(most_leaves, table.n_leaves);
    }
    assert_true(most_leaves > 4);
    g_rand_free(random);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_table, forget_entries)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(empty_table_has_nothing),
        TEST(empty_table_has_nothing_to_cut),
        TEST(listed_entry_is_found_by_each_of_its_bytes),
        TEST(bytes_beside_an_entry_find_nothing),
        TEST(seek_gives_the_entry_that_covers_or_comes_next),
        TEST(first_in_a_range_is_the_lowest_that_overlaps),
        TEST(count_and_bytes_are_sums),
        TEST(gaps_are_counted_between_and_beside_entries),
        TEST(gaps_come_back_with_cuts),
        TEST(gaps_at_the_ends_of_leaves_are_counted_once),
        TEST(neighbours_that_continue_each_other_stay_apart),
        TEST(iteration_gives_entries_in_window_order),
        TEST(cut_beside_an_entry_leaves_it),
        TEST(cut_of_just_the_entry_removes_it),
        TEST(cut_of_the_head_leaves_the_tail),
        TEST(cut_of_the_tail_leaves_the_head),
        TEST(cut_in_the_middle_leaves_both_ends),
        TEST(cut_over_several_shortens_the_outer_ones),
        TEST(cut_ending_at_the_end_of_the_address_space_is_no_trouble),
        TEST(full_leaf_is_split_for_one_more),
        TEST(entry_may_go_into_either_half_of_a_split_leaf),
        TEST(entry_before_all_others_goes_into_the_first_leaf),
        TEST(seek_behind_a_leaf_gives_the_first_of_the_next),
        TEST(iteration_crosses_leaves),
        TEST(leaf_filled_in_order_stays_full),
        TEST(thin_leaf_is_joined_with_the_next),
        TEST(thin_leaf_is_joined_with_the_one_before),
        TEST(full_leaf_is_relieved_by_the_next),
        TEST(full_leaf_is_relieved_by_the_one_before),
        TEST(cut_of_the_whole_window_empties_the_table),
        TEST(first_and_last_leaf_go_when_empty),
        TEST(table_of_many_leaves_can_be_emptied_and_filled_again),
        TEST(cut_that_splits_an_entry_of_a_full_leaf_splits_the_leaf),
        TEST(cleared_table_is_empty),
        TEST(random_changes_leave_table_and_model_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
