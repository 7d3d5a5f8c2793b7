/* SPDX-License-Identifier: BSD-3-Clause */
/* test-mending.c: holes that are closed, around whatever has fallen into them. */
#include "mending.h"

#include "support/host-stand-ins.h"
#include "support/spaces.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>

enum {
    WINDOW_PAGES = 16
};

static const int R = DAXWIN_ACCESS_READ;

static DaxwinSpace space;
static MarkedFile file;

static int
start(void **state)
{
    (void)state;
    host_faults_reset();
    return open_marked(&file, 1, WINDOW_PAGES) &&
                   daxwin_space_init(&space, pages(WINDOW_PAGES), PROT_NONE, NULL) &&
                   show(&space, &file, piece(0, 0, 12, R))
               ? 0
               : -1;
}

static int
finish(void **state)
{
    (void)state;
    host_faults_reset();
    daxwin_space_clear(&space);
    (void)close(file.fd);
    return 0;
}

/* Whether closing the range finds nothing foreign. */
static bool
is_closed(uint64_t first, uint64_t n)
{
    g_autoptr(GError) error = NULL;
    bool is_done = daxwin_mending_close_hole(&space, page_range(first, n), &error);

    assert_true(is_done || g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_int_equal(space.has_foreign, !is_done);
    return is_done;
}

static void
range_without_a_hole_is_left_as_it_is(void **state)
{
    (void)state;
    assert_true(is_closed(2, 4));
    assert_true(space_shows(&space, 1, 0, 12));
    assert_int_equal(space.table.count, 1);
}

static void
hole_is_reserved_and_not_listed_any_more(void **state)
{
    (void)state;
    host_damage_hole(space_at(&space, 2), pages(4));
    assert_true(is_closed(2, 4));
    assert_false(space_has_hole(&space));
    assert_true(space_is_idle(&space, 2, 4));
    assert_true(space_agrees(&space));
}

static void
hole_of_one_page_is_closed(void **state)
{
    (void)state;
    host_damage_hole(space_at(&space, 2), pages(1));
    assert_true(is_closed(2, 1));
    assert_true(space_is_idle(&space, 2, 1));
    assert_true(space_agrees(&space));
}

static void
hole_around_foreign_memory_is_closed(void **state)
{
    (void)state;
    damage_foreign(space_at(&space, 2), pages(7)); /* at page 5 */
    assert_false(is_closed(2, 7));
    assert_false(space_has_hole(&space));
    assert_string_equal(space_at(&space, 5), foreign_text);
    assert_true(space_shows(&space, 1, 0, 2) && space_shows(&space, 1, 9, 3));
    assert_true(daxwin_mapping_table_first_in(&space.table, page_range(2, 7)) == NULL);
}

static void
foreign_memory_that_fills_the_range_is_reported(void **state)
{
    (void)state;
    damage_foreign(space_at(&space, 2), pages(1));
    assert_false(is_closed(2, 1));
    assert_string_equal(space_at(&space, 2), foreign_text);
}

static void
holes_at_both_ends_are_found(void **state)
{
    (void)state;
    host_damage_hole(space_at(&space, 2), pages(1));
    host_damage_hole(space_at(&space, 5), pages(1));
    assert_false(is_closed(2, 4)); /* what lies between them cannot be told from foreign memory */
    assert_false(space_has_hole(&space));
}

static void
hole_that_cannot_be_closed_is_reported(void **state)
{
    (void)state;
    host_damage_hole(space_at(&space, 2), pages(4));
    host_faults_refuse(HOST_RESERVE_HOLE, ENOMEM, 1, SIZE_MAX);
    assert_false(is_closed(2, 4));
    assert_true(space_has_hole(&space));
}

static void
listing_that_cannot_be_read_is_not_foreign_memory(void **state)
{
    (void)state;
    host_damage_hole(space_at(&space, 2), pages(4));
    host_faults_refuse(HOST_LIST_AREAS, EACCES, 1, SIZE_MAX);
    assert_true(is_closed(2, 4));
    assert_false(space_has_hole(&space));
}

static void
overwriting_is_not_looked_into_without_need(void **state)
{
    (void)state;
    host_faults_reset();
    assert_true(daxwin_mending_check_overwritable(&space, page_range(0, 4), NULL));
    assert_int_equal(host_faults_count(HOST_LIST_AREAS), 0);
}

static void
overwriting_is_refused_where_memory_is_foreign(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    damage_foreign(space_at(&space, 2), pages(1));
    space.has_foreign = true;
    assert_false(daxwin_mending_check_overwritable(&space, page_range(1, 4), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_true(daxwin_mending_check_overwritable(&space, page_range(3, 4), NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(range_without_a_hole_is_left_as_it_is),
        TEST(hole_is_reserved_and_not_listed_any_more),
        TEST(hole_of_one_page_is_closed),
        TEST(hole_around_foreign_memory_is_closed),
        TEST(foreign_memory_that_fills_the_range_is_reported),
        TEST(holes_at_both_ends_are_found),
        TEST(hole_that_cannot_be_closed_is_reported),
        TEST(listing_that_cannot_be_read_is_not_foreign_memory),
        TEST(overwriting_is_not_looked_into_without_need),
        TEST(overwriting_is_refused_where_memory_is_foreign),
    };

    if (testing_is_in_valgrind()) {
        print_message("1..0 # SKIP valgrind does not know MAP_FIXED_NOREPLACE\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
