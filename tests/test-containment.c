/* SPDX-License-Identifier: BSD-3-Clause */
/* test-containment.c: which pages are covered with zeros, and which are not. */
#include "containment.h"

#include "support/host-stand-ins.h"
#include "support/spaces.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>

enum {
    WINDOW_PAGES = 32
};

static const int R = DAXWIN_ACCESS_READ;
static const int RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static DaxwinSpace space;
static MarkedFile file; /* of 16 pages */

static int
start(void **state)
{
    (void)state;
    host_faults_reset();
    return open_marked(&file, 1, 16) &&
                   daxwin_space_init(&space, pages(WINDOW_PAGES), PROT_NONE, NULL)
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

/* Shows the file, page for page, in the pages [first, first + n). */
static bool
show_pages(uint64_t first, uint64_t n, int access)
{
    return show(&space, &file, piece(first, first, n, access));
}

static bool
truncate_to(uint64_t n_pages)
{
    return ftruncate(file.fd, (off_t)pages(n_pages)) == 0;
}

static bool
is_covered(uint64_t page)
{
    return daxwin_overlay_covers(&space.contained, pages(page));
}

/* Whether, of the pages of the window, just [first, first + n) are covered, and can be read. */
static bool
are_just_covered(uint64_t first, uint64_t n)
{
    char bytes[2];

    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        bool is_expected = page >= first && page < first + n;
        size_t copied = 0;

        if (is_covered(page) != is_expected) {
            return false;
        }
        if (is_expected && (daxwin_host_copy_from(bytes, space_at(&space, page), 2, &copied) != 0 ||
                            bytes[0] != 0)) {
            return false;
        }
    }
    return space.contained.count == n && space_agrees(&space);
}

static bool
contain(uint64_t page)
{
    return daxwin_containment_cover(&space, pages(page) + 100);
}

/* How many pages a sweep covers, or SIZE_MAX if it fails. */
static size_t
sweep(void)
{
    size_t covered = 0;

    return daxwin_containment_sweep(&space, &covered, NULL) ? covered : SIZE_MAX;
}

static void
page_that_the_file_has_no_more_is_covered(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R) && truncate_to(4));
    assert_true(contain(5));
    assert_true(are_just_covered(5, 1));
    assert_true(space_shows(&space, 1, 2, 2));
}

static void
covered_page_of_a_writable_mapping_can_be_written(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, RW) && truncate_to(4));
    assert_true(contain(5));
    *space_at(&space, 5) = 'x';
    assert_int_equal(*space_at(&space, 5), 'x');
}

static void
sound_page_is_left_alone(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, RW));
    assert_true(contain(5));
    assert_true(are_just_covered(0, 0));
    assert_true(space_shows(&space, 1, 2, 6));
}

static void
covered_page_is_sound(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, RW) && truncate_to(4));
    assert_true(contain(5) && contain(5));
    assert_true(are_just_covered(5, 1));
}

static void
idle_page_cannot_be_helped(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R));
    host_faults_reset();
    assert_false(contain(1));
    assert_false(contain(8));
    assert_int_equal(host_faults_count(HOST_PROBE), 0);
}

static void
page_that_only_a_store_cannot_have_is_covered(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, RW));
    host_faults_reset();
    host_faults_refuse(HOST_PROBE, EFAULT, 2, 1); /* the first is for a load */
    assert_true(contain(5));
    assert_true(are_just_covered(5, 1));
}

static void
page_that_the_hardware_has_lost_is_covered(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R));
    host_faults_reset();
    host_faults_refuse(HOST_PROBE, EHWPOISON, 1, 1);
    assert_true(contain(5));
    assert_true(are_just_covered(5, 1));
}

static void
store_is_not_tried_where_the_mapping_does_not_allow_it(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R));
    host_faults_reset();
    assert_true(contain(5));
    assert_int_equal(host_faults_count(HOST_PROBE), 1);
}

/* It is asked about once, so that there is no moment in between. */
static void
page_that_goes_after_it_was_sound_can_be_tried_again(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, RW));
    host_faults_reset();
    host_faults_refuse(HOST_PROBE, EFAULT, 3, 1);
    assert_true(contain(5));
}

static void
page_of_which_nothing_can_be_told_is_not_covered(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, RW) && truncate_to(4));
    host_faults_reset();
    host_faults_refuse(HOST_PROBE, EINVAL, 1, SIZE_MAX);
    assert_false(contain(5));
    assert_true(are_just_covered(0, 0));
}

static void
cover_that_is_refused_is_no_help(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R) && truncate_to(4));
    host_faults_refuse(HOST_RESERVE_OVER, EAGAIN, 1, 1);
    assert_false(contain(5));
    assert_true(are_just_covered(0, 0));
}

static void
cover_without_areas_opens_the_parachute(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R) && truncate_to(4));
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_true(contain(5));
    assert_true(are_just_covered(5, 1));
    assert_true(space.parachute.is_armed);
}

static void
errno_of_the_interrupted_code_is_kept(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R) && truncate_to(4));
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 2);
    errno = ENOTTY;
    assert_false(contain(5));
    assert_int_equal(errno, ENOTTY);
    assert_true(contain(5));
    assert_int_equal(errno, ENOTTY);
}

static void
whole_huge_page_is_covered(void **state)
{
    DaxwinTableEntry entry = { piece(4, 4, 8, R), file.file };

    (void)state;
    assert_true(show_pages(4, 8, R) && truncate_to(8));
    (void)daxwin_space_unlist(&space, page_range(4, 8));
    entry.file.page = pages(4);
    daxwin_space_list(&space, &entry);
    assert_true(contain(9));
    assert_true(are_just_covered(8, 4));
}

static void
sweep_of_sound_mappings_covers_nothing(void **state)
{
    (void)state;
    assert_true(show_pages(2, 6, R));
    assert_int_equal(sweep(), 0);
    assert_true(are_just_covered(0, 0));
}

static void
sweep_covers_all_that_has_fallen_off(void **state)
{
    (void)state;
    for (uint64_t end = 8; end > 1; end--) {
        assert_true(show_pages(2, 10, R) && truncate_to(end));
        assert_int_equal(sweep(), 12 - MAX(end, 2));
        assert_true(are_just_covered(MAX(end, 2), 12 - MAX(end, 2)));
        (void)daxwin_space_unlist(&space, page_range(2, 10));
        assert_true(truncate_to(16));
    }
}

static void
second_sweep_covers_nothing_more(void **state)
{
    (void)state;
    assert_true(show_pages(2, 10, R) && truncate_to(4));
    assert_int_equal(sweep(), 8);
    assert_int_equal(sweep(), 0);
    assert_true(are_just_covered(4, 8));
}

static void
sweep_after_a_second_truncation_covers_the_rest(void **state)
{
    (void)state;
    assert_true(show_pages(2, 10, R) && truncate_to(8));
    assert_true(contain(11) && contain(9));
    assert_int_equal(sweep(), 2);
    assert_true(are_just_covered(8, 4));
    assert_true(truncate_to(5));
    assert_int_equal(sweep(), 3);
    assert_true(are_just_covered(5, 7));
}

static void
sweep_goes_through_all_mappings(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(0, 2, 4, R)) && show(&space, &file, piece(8, 0, 4, RW)) &&
                show(&space, &file, piece(16, 6, 4, R)));
    assert_true(truncate_to(3));
    assert_int_equal(sweep(), 3 + 1 + 4);
    assert_false(is_covered(0));
    assert_true(is_covered(1) && is_covered(3) && is_covered(11) && is_covered(16));
}

static void
pages_beyond_the_end_from_the_start_come_second(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(0, 12, 8, R))); /* four pages are beyond */
    assert_true(show(&space, &file, piece(16, 8, 4, R)));
    assert_true(truncate_to(14));
    assert_int_equal(sweep(), 2);
    assert_true(are_just_covered(2, 2));
    assert_int_equal(sweep(), 4);
    assert_true(are_just_covered(2, 6));
    assert_int_equal(sweep(), 0);
}

static void
mapping_that_starts_beyond_the_end_comes_second(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(0, 20, 4, R)));
    assert_int_equal(sweep(), 4);
    assert_true(are_just_covered(0, 4));
}

static void
end_within_a_page_leaves_that_page(void **state)
{
    (void)state;
    file.file.size = pages(13) + 1;
    assert_int_equal(ftruncate(file.fd, (off_t)pages(13) + 1), 0);
    assert_true(show(&space, &file, piece(0, 12, 4, R)));
    assert_true(truncate_to(13));
    assert_int_equal(sweep(), 1);
    assert_true(are_just_covered(1, 1));
}

static void
split_mapping_knows_its_end(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(0, 12, 8, R)));
    (void)daxwin_space_unlist(&space, page_range(1, 1));
    assert_true(truncate_to(14));
    assert_int_equal(sweep(), 2);
    assert_true(is_covered(2) && is_covered(3) && !is_covered(4));
}

static void
refused_sweep_reports_its_errno(void **state)
{
    g_autoptr(GError) error = NULL;
    size_t covered = 99;

    (void)state;
    assert_true(show(&space, &file, piece(0, 0, 2, R)) && show(&space, &file, piece(4, 4, 2, R)));
    assert_true(truncate_to(0));
    host_faults_refuse(HOST_RESERVE_OVER, EAGAIN, 2, 1);
    assert_false(daxwin_containment_sweep(&space, &covered, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_int_equal(covered, 2);
    assert_true(are_just_covered(0, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(page_that_the_file_has_no_more_is_covered),
        TEST(covered_page_of_a_writable_mapping_can_be_written),
        TEST(sound_page_is_left_alone),
        TEST(covered_page_is_sound),
        TEST(idle_page_cannot_be_helped),
        TEST(page_that_only_a_store_cannot_have_is_covered),
        TEST(page_that_the_hardware_has_lost_is_covered),
        TEST(store_is_not_tried_where_the_mapping_does_not_allow_it),
        TEST(page_that_goes_after_it_was_sound_can_be_tried_again),
        TEST(page_of_which_nothing_can_be_told_is_not_covered),
        TEST(cover_that_is_refused_is_no_help),
        TEST(cover_without_areas_opens_the_parachute),
        TEST(errno_of_the_interrupted_code_is_kept),
        TEST(whole_huge_page_is_covered),
        TEST(sweep_of_sound_mappings_covers_nothing),
        TEST(sweep_covers_all_that_has_fallen_off),
        TEST(second_sweep_covers_nothing_more),
        TEST(sweep_after_a_second_truncation_covers_the_rest),
        TEST(sweep_goes_through_all_mappings),
        TEST(pages_beyond_the_end_from_the_start_come_second),
        TEST(mapping_that_starts_beyond_the_end_comes_second),
        TEST(end_within_a_page_leaves_that_page),
        TEST(split_mapping_knows_its_end),
        TEST(refused_sweep_reports_its_errno),
    };

    if (testing_skips_all()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
