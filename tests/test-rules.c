/* SPDX-License-Identifier: BSD-3-Clause */
/* test-rules.c: what a strict window and the mapping limit forbid. */
#include "support/testing.h"

#include "rules.h"

#include <daxwin/error.h>
#include <daxwin/size.h>

#include <string.h>

static uint64_t page;
static DaxwinMappingTable table;

/* @length pages at page @start of the window. */
static DaxwinMapping
pages(uint64_t start, uint64_t length)
{
    return (DaxwinMapping){ start * page, 0, length * page, DAXWIN_ACCESS_READ };
}

static DaxwinRange
page_range(uint64_t start, uint64_t length)
{
    return (DaxwinRange){ start * page, length * page };
}

static void
list(uint64_t start, uint64_t length)
{
    DaxwinTableEntry entry = { pages(start, length), { { 1, 2 }, 100 * page, page } };

    daxwin_mapping_table_insert(&table, &entry);
}

/* The table lists pages 4 to 7 and 8 to 9. */
static int
list_two_mappings(void **state)
{
    (void)state;
    page = daxwin_host_page_size();
    daxwin_mapping_table_init(&table, 64 * page);
    list(4, 4);
    list(8, 2);
    return 0;
}

static int
forget_mappings(void **state)
{
    (void)state;
    daxwin_mapping_table_clear(&table);
    return 0;
}

static void
free_ranges_are_accepted(void **state)
{
    DaxwinMapping mappings[] = { pages(10, 5), pages(0, 4), pages(15, 1) };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_rules_check_free(&table, mappings, G_N_ELEMENTS(mappings), &error));
    assert_null(error);
}

static void
mapping_over_a_listed_one_is_refused(void **state)
{
    DaxwinMapping mappings[] = { pages(20, 1), pages(3, 2) };
    g_autofree char *wanted = daxwin_mapping_to_string(&mappings[1]);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_rules_check_free(&table, mappings, G_N_ELEMENTS(mappings), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_OVERLAP));
    assert_non_null(strstr(error->message, wanted));
}

static void
mapping_over_the_last_page_of_a_listed_one_is_refused(void **state)
{
    DaxwinMapping mapping = pages(9, 10);

    (void)state;
    assert_false(daxwin_rules_check_free(&table, &mapping, 1, NULL));
}

static void
mappings_that_meet_each_other_are_refused(void **state)
{
    DaxwinMapping mappings[] = { pages(30, 4), pages(10, 1), pages(28, 3) };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_rules_check_free(&table, mappings, G_N_ELEMENTS(mappings), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_OVERLAP));
}

static void
same_mapping_twice_is_refused(void **state)
{
    DaxwinMapping mappings[] = { pages(30, 4), pages(30, 4) };

    (void)state;
    assert_false(daxwin_rules_check_free(&table, mappings, G_N_ELEMENTS(mappings), NULL));
}

static void
checked_mappings_keep_their_order(void **state)
{
    DaxwinMapping mappings[] = { pages(30, 1), pages(20, 1), pages(10, 1) };
    DaxwinMapping before[] = { pages(30, 1), pages(20, 1), pages(10, 1) };

    (void)state;
    assert_true(daxwin_rules_check_free(&table, mappings, G_N_ELEMENTS(mappings), NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(mappings); i++) {
        assert_int_equal(mappings[i].window_offset, before[i].window_offset);
    }
}

static void
exact_mapping_is_accepted(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_rules_check_exact(&table, page_range(4, 4), &error));
    assert_true(daxwin_rules_check_exact(&table, page_range(8, 2), &error));
    assert_null(error);
}

static void
free_range_is_not_exact(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_rules_check_exact(&table, page_range(0, 4), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_NOT_MAPPED));
}

static void
part_of_a_mapping_is_not_exact(void **state)
{
    (void)state;
    assert_false(daxwin_rules_check_exact(&table, page_range(4, 3), NULL));
    assert_false(daxwin_rules_check_exact(&table, page_range(5, 3), NULL));
}

static void
two_mappings_are_not_exact(void **state)
{
    (void)state;
    assert_false(daxwin_rules_check_exact(&table, page_range(4, 6), NULL));
}

static void
range_that_starts_before_a_mapping_is_not_exact(void **state)
{
    (void)state;
    assert_false(daxwin_rules_check_exact(&table, page_range(3, 5), NULL));
}

static void
mapping_with_much_room_is_accepted(void **state)
{
    DaxwinMapping mapping = pages(0, 1);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, &mapping, 1, 1000, &error));
    assert_true(daxwin_rules_check_limit(&table, &mapping, 1, SIZE_MAX, &error));
    assert_null(error);
}

static void
last_mapping_that_fits_is_accepted(void **state)
{
    DaxwinMapping mapping = pages(0, 1);

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, &mapping, 1, 3, NULL));
}

static void
first_mapping_that_does_not_fit_is_refused(void **state)
{
    DaxwinMapping mappings[] = { pages(0, 1), pages(2, 1) };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_rules_check_limit(&table, mappings, G_N_ELEMENTS(mappings), 3, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    assert_string_equal(error->message,
                        "2 more mappings could exceed the limit of 3, of which 2 are in use");
}

static void
mapping_that_covers_another_takes_its_place(void **state)
{
    DaxwinMapping mapping = pages(3, 6);

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, &mapping, 1, 2, NULL));
}

static void
mapping_that_covers_two_leaves_room_for_one(void **state)
{
    DaxwinMapping mappings[] = { pages(4, 6), pages(0, 1) };

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, mappings, G_N_ELEMENTS(mappings), 2, NULL));
    assert_false(daxwin_rules_check_limit(&table, mappings, G_N_ELEMENTS(mappings), 1, NULL));
}

static void
mapping_that_shortens_another_counts_once(void **state)
{
    DaxwinMapping over_tail = pages(9, 3);
    DaxwinMapping over_head = pages(2, 3);
    DaxwinMapping just_tail = pages(6, 2);
    DaxwinMapping just_head = pages(4, 2);

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, &over_tail, 1, 3, NULL));
    assert_false(daxwin_rules_check_limit(&table, &over_tail, 1, 2, NULL));
    assert_true(daxwin_rules_check_limit(&table, &over_head, 1, 3, NULL));
    assert_false(daxwin_rules_check_limit(&table, &over_head, 1, 2, NULL));
    assert_true(daxwin_rules_check_limit(&table, &just_tail, 1, 3, NULL));
    assert_true(daxwin_rules_check_limit(&table, &just_head, 1, 3, NULL));
}

static void
mapping_that_splits_another_counts_twice(void **state)
{
    DaxwinMapping mapping = pages(5, 1);

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, &mapping, 1, 4, NULL));
    assert_false(daxwin_rules_check_limit(&table, &mapping, 1, 3, NULL));
}

static void
mappings_that_meet_are_counted_at_their_worst(void **state)
{
    DaxwinMapping mappings[] = { pages(20, 3), pages(21, 1) };

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, mappings, G_N_ELEMENTS(mappings), 6, NULL));
    assert_false(daxwin_rules_check_limit(&table, mappings, G_N_ELEMENTS(mappings), 5, NULL));
}

static void
table_beyond_a_lowered_limit_takes_no_more(void **state)
{
    DaxwinMapping mapping = pages(0, 1);
    DaxwinMapping over_one = pages(8, 2);

    (void)state;
    assert_false(daxwin_rules_check_limit(&table, &mapping, 1, 1, NULL));
    assert_false(daxwin_rules_check_limit(&table, &over_one, 1, 0, NULL));
}

static void
table_beyond_a_lowered_limit_may_shrink_below_it(void **state)
{
    DaxwinMapping over_both = pages(4, 6);

    (void)state;
    assert_true(daxwin_rules_check_limit(&table, &over_both, 1, 1, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, list_two_mappings, forget_mappings)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(free_ranges_are_accepted),
        TEST(mapping_over_a_listed_one_is_refused),
        TEST(mapping_over_the_last_page_of_a_listed_one_is_refused),
        TEST(mappings_that_meet_each_other_are_refused),
        TEST(same_mapping_twice_is_refused),
        TEST(checked_mappings_keep_their_order),
        TEST(exact_mapping_is_accepted),
        TEST(free_range_is_not_exact),
        TEST(part_of_a_mapping_is_not_exact),
        TEST(two_mappings_are_not_exact),
        TEST(range_that_starts_before_a_mapping_is_not_exact),
        TEST(mapping_with_much_room_is_accepted),
        TEST(last_mapping_that_fits_is_accepted),
        TEST(first_mapping_that_does_not_fit_is_refused),
        TEST(mapping_that_covers_another_takes_its_place),
        TEST(mapping_that_covers_two_leaves_room_for_one),
        TEST(mapping_that_shortens_another_counts_once),
        TEST(mapping_that_splits_another_counts_twice),
        TEST(mappings_that_meet_are_counted_at_their_worst),
        TEST(table_beyond_a_lowered_limit_takes_no_more),
        TEST(table_beyond_a_lowered_limit_may_shrink_below_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
