/* SPDX-License-Identifier: BSD-3-Clause */
/* test-range.c: stretches that may be asked for, and how two of them meet. */
#include "support/testing.h"

#include "host.h"
#include "range-private.h"

#include <daxwin/error.h>

enum {
    PAGE = 4096,
    WINDOW = 16 * PAGE
};

static int
pretend_small_pages(void **state)
{
    (void)state;
    daxwin_host_kept_page_size = PAGE;
    return 0;
}

static void
range_inside_the_window_is_good(void **state)
{
    DaxwinRange range = { 3 * PAGE, 2 * PAGE };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_range_check(&range, WINDOW, "mapping", &error));
    assert_null(error);
}

static void
range_of_the_whole_window_is_good(void **state)
{
    DaxwinRange range = { 0, WINDOW };

    (void)state;
    assert_true(daxwin_range_check(&range, WINDOW, "mapping", NULL));
}

static void
last_page_of_the_window_is_good(void **state)
{
    DaxwinRange range = { WINDOW - PAGE, PAGE };

    (void)state;
    assert_true(daxwin_range_check(&range, WINDOW, "mapping", NULL));
}

static void
empty_range_is_refused(void **state)
{
    DaxwinRange range = { PAGE, 0 };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_range_check(&range, WINDOW, "mapping", &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_string_equal(error->message, "mapping at 0x1000 is empty");
}

static void
odd_offset_is_refused(void **state)
{
    DaxwinRange range = { PAGE + 1, PAGE };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_range_check(&range, WINDOW, "mapping", &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_string_equal(error->message,
                        "window offset 0x1001 is not a multiple of the page of 0x1000");
}

static void
odd_length_is_refused(void **state)
{
    DaxwinRange range = { PAGE, 100 };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_range_check(&range, WINDOW, "mapping", &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_string_equal(error->message, "length 0x64 is not a multiple of the page of 0x1000");
}

static void
range_that_wraps_is_refused(void **state)
{
    DaxwinRange range = { PAGE, UINT64_MAX - PAGE + 1 };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_range_check(&range, UINT64_MAX, "range", &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_string_equal(error->message,
                        "range of 0xfffffffffffff000 bytes at 0x1000 wraps around 2^64");
}

static void
range_that_leaves_the_window_is_refused(void **state)
{
    DaxwinRange range = { 0x3000, 0x2000 };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_range_check(&range, 0x4000, "mapping", &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_string_equal(error->message,
                        "mapping [0x3000, 0x5000) leaves the window of 0x4000 bytes");
}

static void
range_behind_the_window_is_refused(void **state)
{
    DaxwinRange range = { WINDOW, PAGE };

    (void)state;
    assert_false(daxwin_range_check(&range, WINDOW, "mapping", NULL));
}

static void
refused_range_without_a_place_for_the_error_is_refused(void **state)
{
    static const DaxwinRange ranges[] = {
        { 0, 0 }, { 1, PAGE }, { 0, 1 }, { PAGE, UINT64_MAX - PAGE + 1 }, { 0, WINDOW + PAGE }
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        assert_false(daxwin_range_check(&ranges[i], WINDOW, "mapping", NULL));
    }
}

static void
alignment_is_judged_by_the_page_of_the_host(void **state)
{
    (void)state;
    daxwin_host_kept_page_size = 64 * 1024;
    assert_true(daxwin_range_check_aligned(0x20000, "file offset", NULL));
    assert_false(daxwin_range_check_aligned(0x1000, "file offset", NULL));
    assert_false(daxwin_range_check_aligned(0x28000, "file offset", NULL));
}

static void
end_is_behind_the_last_byte(void **state)
{
    DaxwinRange range = { 3, 4 };

    (void)state;
    assert_int_equal(daxwin_range_end(range), 7);
}

static void
ranges_that_share_a_byte_overlap(void **state)
{
    DaxwinRange range = { 10, 10 };

    (void)state;
    assert_true(daxwin_range_overlaps(range, range));
    assert_true(daxwin_range_overlaps(range, (DaxwinRange){ 19, 1 }));
    assert_true(daxwin_range_overlaps(range, (DaxwinRange){ 1, 10 }));
    assert_true(daxwin_range_overlaps(range, (DaxwinRange){ 0, 100 }));
}

static void
neighbours_do_not_overlap(void **state)
{
    DaxwinRange range = { 10, 10 };

    (void)state;
    assert_false(daxwin_range_overlaps(range, (DaxwinRange){ 20, 10 }));
    assert_false(daxwin_range_overlaps(range, (DaxwinRange){ 0, 10 }));
}

static void
range_covers_itself_and_its_parts(void **state)
{
    DaxwinRange range = { 10, 10 };

    (void)state;
    assert_true(daxwin_range_covers(range, range));
    assert_true(daxwin_range_covers(range, (DaxwinRange){ 10, 1 }));
    assert_true(daxwin_range_covers(range, (DaxwinRange){ 19, 1 }));
}

static void
range_does_not_cover_what_leaves_it(void **state)
{
    DaxwinRange range = { 10, 10 };

    (void)state;
    assert_false(daxwin_range_covers(range, (DaxwinRange){ 9, 2 }));
    assert_false(daxwin_range_covers(range, (DaxwinRange){ 19, 2 }));
    assert_false(daxwin_range_covers(range, (DaxwinRange){ 0, 100 }));
}

static void
intersection_is_what_both_have(void **state)
{
    DaxwinRange lower = { 10, 10 };
    DaxwinRange upper = { 15, 10 };
    DaxwinRange common = daxwin_range_intersect(lower, upper);

    (void)state;
    assert_int_equal(common.offset, 15);
    assert_int_equal(common.length, 5);
}

static void
intersection_with_a_part_is_the_part(void **state)
{
    DaxwinRange whole = { 10, 10 };
    DaxwinRange part = { 12, 3 };
    DaxwinRange common = daxwin_range_intersect(whole, part);

    (void)state;
    assert_int_equal(common.offset, 12);
    assert_int_equal(common.length, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(range_inside_the_window_is_good, pretend_small_pages),
        cmocka_unit_test_setup(range_of_the_whole_window_is_good, pretend_small_pages),
        cmocka_unit_test_setup(last_page_of_the_window_is_good, pretend_small_pages),
        cmocka_unit_test_setup(empty_range_is_refused, pretend_small_pages),
        cmocka_unit_test_setup(odd_offset_is_refused, pretend_small_pages),
        cmocka_unit_test_setup(odd_length_is_refused, pretend_small_pages),
        cmocka_unit_test_setup(range_that_wraps_is_refused, pretend_small_pages),
        cmocka_unit_test_setup(range_that_leaves_the_window_is_refused, pretend_small_pages),
        cmocka_unit_test_setup(range_behind_the_window_is_refused, pretend_small_pages),
        cmocka_unit_test_setup(refused_range_without_a_place_for_the_error_is_refused,
                               pretend_small_pages),
        cmocka_unit_test(alignment_is_judged_by_the_page_of_the_host),
        cmocka_unit_test(end_is_behind_the_last_byte),
        cmocka_unit_test(ranges_that_share_a_byte_overlap),
        cmocka_unit_test(neighbours_do_not_overlap),
        cmocka_unit_test(range_covers_itself_and_its_parts),
        cmocka_unit_test(range_does_not_cover_what_leaves_it),
        cmocka_unit_test(intersection_is_what_both_have),
        cmocka_unit_test(intersection_with_a_part_is_the_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
