/* SPDX-License-Identifier: BSD-3-Clause */
/* test-table-leaf.c: a few entries that come and go and are moved between neighbours. */
#include "support/testing.h"

#include "table-leaf.h"

#include <glib.h>

static DaxwinTableLeaf leaf;

static int
make_leaf(void **state)
{
    (void)state;
    daxwin_table_leaf_init(&leaf);
    return 0;
}

/* An entry over the ten bytes from @start on. */
static void
insert(DaxwinTableLeaf *into, size_t index, uint64_t start)
{
    DaxwinTableEntry entry = { .mapping = { .window_offset = start, .length = 10 },
                               .file = { .size = start } };

    daxwin_table_leaf_insert(into, index, &entry);
}

/* Entries at 100, 200 and so on. */
static void
insert_hundreds(DaxwinTableLeaf *into, size_t n, uint64_t first)
{
    for (size_t i = 0; i < n; i++) {
        insert(into, i, (first + i) * 100);
    }
}

static bool
is_entry(DaxwinTableLeaf *of, size_t index, uint64_t start)
{
    const DaxwinTableEntry *entry = daxwin_table_leaf_at(of, index);

    return entry->mapping.window_offset == start && entry->mapping.length == 10 &&
           entry->file.size == start && of->ends[index] == start + 10;
}

/* Whether @of holds @n entries, the hundreds from @first on, and knows all free slots. */
static bool
holds_hundreds(DaxwinTableLeaf *of, size_t n, uint64_t first)
{
    uint64_t slots = 0;

    for (size_t i = 0; i < DAXWIN_LEAF_CAPACITY; i++) {
        slots |= UINT64_C(1) << of->slots[i];
        if (i < n ? !is_entry(of, i, (first + i) * 100) : of->ends[i] != UINT64_MAX) {
            return false;
        }
    }
    return of->count == n && slots == UINT32_MAX;
}

static void
seek_finds_what_covers_or_follows(void **state)
{
    (void)state;
    insert_hundreds(&leaf, 3, 1);
    assert_int_equal(daxwin_table_leaf_seek(&leaf, 0), 0);
    assert_int_equal(daxwin_table_leaf_seek(&leaf, 109), 0);
    assert_int_equal(daxwin_table_leaf_seek(&leaf, 110), 1);
    assert_int_equal(daxwin_table_leaf_seek(&leaf, 309), 2);
}

static void
seek_behind_everything_finds_the_count(void **state)
{
    (void)state;
    for (size_t n = 0; n <= DAXWIN_LEAF_CAPACITY; n++) {
        assert_int_equal(daxwin_table_leaf_seek(&leaf, n * 100 + 10), n);
        assert_int_equal(daxwin_table_leaf_seek(&leaf, UINT64_MAX), n);
        if (n < DAXWIN_LEAF_CAPACITY) {
            insert(&leaf, n, (n + 1) * 100);
        }
    }
}

static void
seek_finds_each_entry_of_a_full_leaf(void **state)
{
    (void)state;
    insert_hundreds(&leaf, DAXWIN_LEAF_CAPACITY, 1);
    for (size_t i = 0; i < DAXWIN_LEAF_CAPACITY; i++) {
        assert_int_equal(daxwin_table_leaf_seek(&leaf, (i + 1) * 100), i);
        assert_true(is_entry(&leaf, i, (i + 1) * 100));
    }
}

static void
entries_come_in_any_order(void **state)
{
    (void)state;
    insert(&leaf, 0, 300);
    insert(&leaf, 0, 100);
    insert(&leaf, 1, 200);
    insert(&leaf, 3, 400);
    assert_true(holds_hundreds(&leaf, 4, 1));
}

static void
entries_go_from_either_end_and_from_the_midst(void **state)
{
    (void)state;
    insert_hundreds(&leaf, 6, 1);
    daxwin_table_leaf_remove(&leaf, 0);
    daxwin_table_leaf_remove(&leaf, 4);
    assert_true(holds_hundreds(&leaf, 4, 2));
    daxwin_table_leaf_remove(&leaf, 1);
    assert_true(is_entry(&leaf, 0, 200));
    assert_true(is_entry(&leaf, 1, 400));
    insert(&leaf, 1, 300);
    assert_true(holds_hundreds(&leaf, 4, 2));
}

static void
slots_are_not_lost_in_long_use(void **state)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    (void)state;
    insert_hundreds(&leaf, DAXWIN_LEAF_CAPACITY, 1);
    for (size_t i = 0; i < 1000; i++) {
        size_t index = (size_t)g_rand_int_range(random, 0, DAXWIN_LEAF_CAPACITY);

        daxwin_table_leaf_remove(&leaf, index);
        insert(&leaf, index, (index + 1) * 100);
    }
    assert_true(holds_hundreds(&leaf, DAXWIN_LEAF_CAPACITY, 1));
}

static void
balance_moves_entries_to_the_next_leaf(void **state)
{
    DaxwinTableLeaf upper;

    (void)state;
    daxwin_table_leaf_init(&upper);
    insert_hundreds(&leaf, 12, 1);
    daxwin_table_leaf_balance(&leaf, &upper);
    assert_true(holds_hundreds(&leaf, 6, 1));
    assert_true(holds_hundreds(&upper, 6, 7));
}

static void
balance_moves_entries_to_the_leaf_before(void **state)
{
    DaxwinTableLeaf upper;

    (void)state;
    daxwin_table_leaf_init(&upper);
    insert_hundreds(&leaf, 3, 1);
    insert_hundreds(&upper, DAXWIN_LEAF_CAPACITY, 4);
    daxwin_table_leaf_balance(&leaf, &upper);
    assert_true(holds_hundreds(&leaf, 17, 1));
    assert_true(holds_hundreds(&upper, 18, 18));
}

static void
join_empties_the_next_leaf(void **state)
{
    DaxwinTableLeaf upper;

    (void)state;
    daxwin_table_leaf_init(&upper);
    insert_hundreds(&leaf, 20, 1);
    insert_hundreds(&upper, 12, 21);
    daxwin_table_leaf_join(&leaf, &upper);
    assert_true(holds_hundreds(&leaf, DAXWIN_LEAF_CAPACITY, 1));
    assert_true(holds_hundreds(&upper, 0, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(seek_finds_what_covers_or_follows, make_leaf),
        cmocka_unit_test_setup(seek_behind_everything_finds_the_count, make_leaf),
        cmocka_unit_test_setup(seek_finds_each_entry_of_a_full_leaf, make_leaf),
        cmocka_unit_test_setup(entries_come_in_any_order, make_leaf),
        cmocka_unit_test_setup(entries_go_from_either_end_and_from_the_midst, make_leaf),
        cmocka_unit_test_setup(slots_are_not_lost_in_long_use, make_leaf),
        cmocka_unit_test_setup(balance_moves_entries_to_the_next_leaf, make_leaf),
        cmocka_unit_test_setup(balance_moves_entries_to_the_leaf_before, make_leaf),
        cmocka_unit_test_setup(join_empties_the_next_leaf, make_leaf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
