/* SPDX-License-Identifier: BSD-3-Clause */
/* test-saving.c: what lies beneath a batch, kept and put back. */
#include "saving.h"

#include "support/host-stand-ins.h"
#include "support/spaces.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>

enum {
    WINDOW_PAGES = 16
};

static const int R = DAXWIN_ACCESS_READ;
static const int RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static DaxwinSpace space;
static DaxwinSaving saving;
static MarkedFile file;
static MarkedFile other;

static int
start(void **state)
{
    (void)state;
    host_faults_reset();
    if (!open_marked(&file, 1, WINDOW_PAGES) || !open_marked(&other, 2, WINDOW_PAGES) ||
        !daxwin_space_init(&space, pages(WINDOW_PAGES), PROT_NONE, NULL)) {
        return -1;
    }
    daxwin_saving_init(&saving, pages(WINDOW_PAGES));
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    host_faults_reset();
    daxwin_saving_clear(&saving);
    daxwin_space_clear(&space);
    (void)close(file.fd);
    (void)close(other.fd);
    return 0;
}

static bool
keep(uint64_t first, uint64_t n)
{
    return daxwin_saving_keep(&saving, &space, page_range(first, n), NULL);
}

/* Covers the pages [first, first + n) with those of the other file, as a batch does. */
static bool
cover(uint64_t first, uint64_t n)
{
    (void)daxwin_space_unlist(&space, page_range(first, n));
    return show(&space, &other, piece(first, first, n, R));
}

static void
what_was_covered_is_shown_again(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, RW)));
    assert_true(keep(4, 2) && cover(4, 2));
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    assert_true(space_shows(&space, 1, 2, 6));
    assert_int_equal(space.table.count, 3);
    daxwin_saving_list_wholes(&saving, &space);
    assert_int_equal(space.table.count, 1);
    assert_true(space_agrees(&space));
}

static void
several_mappings_are_kept_apart(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(6, 6, 2, RW)));
    host_faults_reset();
    assert_true(keep(3, 8) && cover(3, 8));
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 2);
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    assert_true(space_shows(&space, 1, 2, 2) && space_shows(&space, 1, 6, 2));
    assert_true(space_shows(&space, 2, 4, 2) && space_shows(&space, 2, 8, 3));
}

static void
idle_memory_needs_no_keeping(void **state)
{
    (void)state;
    host_faults_reset();
    assert_true(keep(0, WINDOW_PAGES));
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 0);
    assert_int_equal(saving.pieces->len, 0);
}

static void
copies_that_are_not_needed_are_released(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(6, 6, 2, RW)));
    assert_true(keep(0, WINDOW_PAGES));
    host_faults_reset();
    daxwin_saving_clear(&saving);
    assert_int_equal(host_faults_count(HOST_RELEASE), 2);
    daxwin_saving_init(&saving, pages(WINDOW_PAGES));
}

static void
refused_copy_reports_its_errno(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)));
    host_faults_refuse(HOST_DUPLICATE, ENOMEM, 1, 1);
    assert_false(daxwin_saving_keep(&saving, &space, page_range(0, 4), &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
}

static void
what_was_not_covered_is_not_moved(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    assert_true(keep(4, 2));
    host_faults_reset();
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 0);
    assert_int_equal(saving.back.count, 1);
    assert_true(space_shows(&space, 1, 2, 6));
}

static void
what_has_become_idle_is_moved(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    assert_true(keep(4, 2));
    (void)daxwin_space_unlist(&space, page_range(2, 3));
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 1);
}

/* Whether a piece is taken for moved if what is there now differs from it by @changed. */
static bool
is_moved_over(const MarkedFile *present, DaxwinMapping changed)
{
    DaxwinTableEntry entry = { changed, present->file };

    assert_true(show(&space, &file, piece(2, 2, 4, R)) && keep(2, 4));
    (void)daxwin_space_unlist(&space, page_range(0, WINDOW_PAGES));
    daxwin_space_list(&space, &entry);
    host_faults_reset();
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    return host_faults_count(HOST_MOVE_OVER) == 1;
}

static void
other_piece_of_the_file_is_moved_over(void **state)
{
    (void)state;
    assert_true(is_moved_over(&file, piece(2, 3, 4, R)));
}

static void
other_access_is_moved_over(void **state)
{
    (void)state;
    assert_true(is_moved_over(&file, piece(2, 2, 4, RW)));
}

static void
other_file_is_moved_over(void **state)
{
    (void)state;
    assert_true(is_moved_over(&other, piece(2, 2, 4, R)));
}

static void
file_of_another_device_is_moved_over(void **state)
{
    MarkedFile elsewhere = file;

    (void)state;
    elsewhere.file.id.device++;
    assert_true(is_moved_over(&elsewhere, piece(2, 2, 4, R)));
}

static void
shorter_mapping_is_moved_over(void **state)
{
    (void)state;
    assert_true(is_moved_over(&file, piece(2, 2, 3, R)));
}

static void
equal_mapping_is_not_moved_over(void **state)
{
    (void)state;
    assert_false(is_moved_over(&file, piece(1, 1, 6, R)));
}

static void
piece_kept_twice_is_put_back_once(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    assert_true(keep(2, 4) && keep(4, 4) && cover(2, 6));
    host_faults_reset();
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    assert_true(space_shows(&space, 1, 2, 6));
    assert_int_equal(saving.back.bytes, pages(6));
    assert_true(space_agrees(&space));
}

static void
refused_move_reports_its_errno_and_goes_on(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(6, 6, 2, R)));
    assert_true(keep(0, WINDOW_PAGES) && cover(2, 6));
    host_faults_refuse(HOST_MOVE_OVER, EAGAIN, 1, 1);
    assert_false(daxwin_saving_put_back(&saving, &space, &error));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_true(space_shows(&space, 2, 2, 4) && space_shows(&space, 1, 6, 2));
    assert_true(space_agrees(&space));
}

static void
first_of_several_refusals_is_reported(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(6, 6, 2, R)));
    assert_true(keep(0, WINDOW_PAGES) && cover(2, 6));
    host_faults_refuse(HOST_MOVE_OVER, EAGAIN, 1, 2);
    assert_false(daxwin_saving_put_back(&saving, &space, &error));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
}

static void
foreign_memory_outweighs_other_refusals(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(6, 6, 2, R)));
    assert_true(keep(0, WINDOW_PAGES) && cover(2, 6));
    damage_foreign(space_at(&space, 6), pages(1));
    space.has_foreign = true;
    host_faults_refuse(HOST_MOVE_OVER, EAGAIN, 1, 1);
    assert_false(daxwin_saving_put_back(&saving, &space, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_string_equal(space_at(&space, 6), foreign_text);
}

static void
contained_pages_are_kept_as_zeros(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, RW)));
    assert_true(put_zeros(&space, 2, PROT_READ | PROT_WRITE) &&
                put_zeros(&space, 5, PROT_READ | PROT_WRITE));
    assert_true(keep(0, WINDOW_PAGES) && cover(2, 6));
    assert_int_equal(space.contained.count, 0);
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    daxwin_saving_list_wholes(&saving, &space);
    assert_int_equal(space.contained.count, 2);
    assert_int_equal(space_shown(&space, 2), 0);
    assert_int_equal(space_shown(&space, 5), 0);
    assert_true(space_shows(&space, 1, 3, 2) && space_shows(&space, 1, 6, 2));
    assert_true(space_agrees(&space));
}

static void
zeros_that_cannot_be_put_back_are_reported(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, RW)));
    assert_true(put_zeros(&space, 2, PROT_READ | PROT_WRITE));
    assert_true(keep(0, WINDOW_PAGES) && cover(2, 2));
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_false(daxwin_saving_put_back(&saving, &space, &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    assert_int_equal(space.contained.count, 0);
    assert_true(space_agrees(&space));
}

static void
equal_mapping_over_a_contained_page_is_no_longer_contained(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && put_zeros(&space, 2, PROT_READ));
    assert_true(keep(2, 2));
    (void)daxwin_space_unlist(&space, page_range(2, 2));
    assert_true(show(&space, &file, piece(2, 2, 2, R)));
    assert_true(daxwin_saving_put_back(&saving, &space, NULL));
    assert_int_equal(space_shown(&space, 2), 0);
    assert_int_equal(space.contained.count, 1);
    assert_true(space_agrees(&space));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_covered_is_shown_again),
        TEST(several_mappings_are_kept_apart),
        TEST(idle_memory_needs_no_keeping),
        TEST(copies_that_are_not_needed_are_released),
        TEST(refused_copy_reports_its_errno),
        TEST(what_was_not_covered_is_not_moved),
        TEST(what_has_become_idle_is_moved),
        TEST(other_piece_of_the_file_is_moved_over),
        TEST(other_access_is_moved_over),
        TEST(other_file_is_moved_over),
        TEST(file_of_another_device_is_moved_over),
        TEST(shorter_mapping_is_moved_over),
        TEST(equal_mapping_is_not_moved_over),
        TEST(piece_kept_twice_is_put_back_once),
        TEST(refused_move_reports_its_errno_and_goes_on),
        TEST(first_of_several_refusals_is_reported),
        TEST(foreign_memory_outweighs_other_refusals),
        TEST(contained_pages_are_kept_as_zeros),
        TEST(zeros_that_cannot_be_put_back_are_reported),
        TEST(equal_mapping_over_a_contained_page_is_no_longer_contained),
    };

    if (testing_is_in_valgrind()) {
        print_message("1..0 # SKIP valgrind refuses to duplicate mappings\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
