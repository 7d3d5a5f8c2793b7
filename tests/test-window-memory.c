/* SPDX-License-Identifier: BSD-3-Clause */
/* test-window-memory.c: the host's own use of window memory. */
#include "support/testing.h"
#include "support/windows.h"

#include <errno.h>

static void
sync_brings_stores_to_the_file(void **state)
{
    Fixture *f = *state;
    char path[] = "/tmp/test-window-XXXXXX";
    int fd = mkstemp(path);
    uint64_t mark = 0;

    assert_true(fd >= 0);
    (void)unlink(path);
    assert_int_equal(ftruncate(fd, (off_t)pages(4)), 0);
    assert_true(map_pages(f, fd, 0, 4, RW));
    *(uint64_t *)address_of(f, 2) = 4711;
    assert_true(daxwin_window_sync(f->window, 0, pages(WINDOW_PAGES), NULL));
    assert_int_equal(pread(fd, &mark, sizeof mark, (off_t)pages(2)), sizeof mark);
    assert_int_equal(mark, 4711);
    assert_true(agrees(f));
    (void)close(fd);
}

static void
sync_of_idle_memory_does_nothing(void **state)
{
    Fixture *f = *state;
    Outcome outcome = try_sync(f, 0, pages(WINDOW_PAGES));

    assert_true(outcome.is_done && outcome.is_as_before);
}

static void
sync_of_a_bad_range_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(was_refused(try_sync(f, 1, pages(1)), DAXWIN_ERROR_ALIGNMENT, EINVAL));
    assert_true(was_refused(try_sync(f, 0, 1), DAXWIN_ERROR_ALIGNMENT, EINVAL));
    assert_true(was_refused(try_sync(f, 0, 0), DAXWIN_ERROR_RANGE, EINVAL));
    assert_true(was_refused(try_sync(f, 0, pages(WINDOW_PAGES + 1)), DAXWIN_ERROR_RANGE, EINVAL));
    assert_true(was_refused(try_sync(f, -pages(1), pages(2)), DAXWIN_ERROR_RANGE, EINVAL));
    assert_int_equal(host_faults_count(HOST_SYNC), 0);
}

static void
sync_that_the_disk_refuses_reports_its_errno(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 4, RW));
    host_faults_refuse(HOST_SYNC, EIO, 1, 1);
    assert_true(was_refused(try_sync(f, 0, pages(4)), DAXWIN_ERROR_SYSTEM, EIO));
}

/* Containment */

static bool
truncate_to(Fixture *f, uint64_t n_pages)
{
    return ftruncate(f->file, (off_t)pages(n_pages)) == 0;
}

static void
contained_page_shows_zeros_and_is_counted(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = piece(4, 4, 8, RW);

    assert_true(map_pages(f, f->file, 4, 8, RW) && truncate_to(f, 8));
    assert_true(daxwin_window_contain(f->window, address_of(f, 9) + 17));
    assert_int_equal(*address_of(f, 9), 0);
    *address_of(f, 9) = 'x';
    assert_int_equal(usage_of(f).contained_pages, 1);
    assert_true(lists(f, &mapping, 1));
    assert_true(agrees(f));
}

static void
contain_of_a_sound_page_leaves_it(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 8, RW));
    assert_true(daxwin_window_contain(f->window, address_of(f, 9)));
    assert_true(shows(f, 1, 4, 8));
    assert_int_equal(usage_of(f).contained_pages, 0);
}

static void
contain_of_anything_else_is_no_help(void **state)
{
    Fixture *f = *state;
    char elsewhere;

    assert_true(map_pages(f, f->file, 0, WINDOW_PAGES, R) && unmap_pages(f, 4, 1));
    assert_false(daxwin_window_contain(f->window, address_of(f, 4)));
    assert_false(daxwin_window_contain(f->window, address_of(f, WINDOW_PAGES)));
    assert_false(daxwin_window_contain(f->window, address_of(f, 0) - 1));
    assert_false(daxwin_window_contain(f->window, &elsewhere));
    assert_false(daxwin_window_contain(f->window, NULL));
    assert_false(daxwin_window_contain(NULL, &elsewhere));
}

/* A contained page at 9, and one at 10. */
static void
contain_two(Fixture *f)
{
    assert_true(map_pages(f, f->file, 4, 8, R) && truncate_to(f, 8));
    assert_true(daxwin_window_contain(f->window, address_of(f, 9)));
    assert_true(daxwin_window_contain(f->window, address_of(f, 10)));
    assert_int_equal(usage_of(f).contained_pages, 2);
}

static void
map_ends_containment(void **state)
{
    Fixture *f = *state;

    contain_two(f);
    assert_true(map_pages(f, f->other, 10, 1, R));
    assert_int_equal(usage_of(f).contained_pages, 1);
    assert_true(shows(f, 2, 10, 1));
    assert_true(agrees(f));
}

static void
unmap_ends_containment(void **state)
{
    Fixture *f = *state;

    contain_two(f);
    assert_true(unmap_pages(f, 9, 1));
    assert_int_equal(usage_of(f).contained_pages, 1);
    assert_int_equal(usage_of(f).containments, 2);
    assert_true(agrees(f));
    assert_true(map_pages(f, f->other, 9, 1, R));
    assert_true(shows(f, 2, 9, 1));
    assert_true(agrees(f));
}

static void
clear_ends_containment(void **state)
{
    Fixture *f = *state;

    contain_two(f);
    assert_true(daxwin_window_clear(f->window, NULL));
    assert_int_equal(usage_of(f).contained_pages, 0);
    assert_true(is_all_idle(f));
}

static void
strict_unmap_sees_a_contained_mapping_whole(void **state)
{
    Fixture *f = *state;

    contain_two(f);
    assert_true(unmap_pages(f, 4, 8));
    assert_true(is_all_idle(f));
}

static void
sweep_counts_what_it_covers(void **state)
{
    Fixture *f = *state;
    size_t covered = 99;

    assert_true(map_pages(f, f->file, 4, 8, R) && truncate_to(f, 8));
    assert_true(daxwin_window_contain_truncated(f->window, &covered, NULL));
    assert_int_equal(covered, 4);
    assert_int_equal(usage_of(f).contained_pages, 4);
    assert_true(daxwin_window_contain_truncated(f->window, &covered, NULL));
    assert_int_equal(covered, 0);
    assert_true(agrees(f));
}

static void
refused_sweep_reports_its_errno(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    size_t covered = 99;

    assert_true(map_pages(f, f->file, 4, 8, R) && truncate_to(f, 8));
    host_faults_refuse(HOST_RESERVE_OVER, EAGAIN, 1, 1);
    assert_false(daxwin_window_contain_truncated(f->window, &covered, &error));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_int_equal(covered, 0);
}

/* Copies */

static void
read_copies_across_pages(void **state)
{
    Fixture *f = *state;
    g_autofree char *buffer = g_malloc(pages(2));

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(daxwin_window_read(f->window, pages(5) - 8, buffer, pages(1) + 16, NULL));
    assert_memory_equal(buffer, address_of(f, 5) - 8, pages(1) + 16);
    assert_true(daxwin_window_read(f->window, 0, NULL, 0, NULL));
}

static void
write_copies_across_pages(void **state)
{
    Fixture *f = *state;
    static const char text[] = "across two pages";

    assert_true(map_pages(f, f->file, 4, 4, RW));
    assert_true(daxwin_window_write(f->window, pages(5) - 8, text, sizeof text, NULL));
    assert_string_equal(address_of(f, 5) - 8, text);
    assert_true(daxwin_window_write(f->window, 0, NULL, 0, NULL));
}

static bool
read_faults(Fixture *f, uint64_t offset, size_t length)
{
    g_autofree char *buffer = g_malloc(length);
    g_autoptr(GError) error = NULL;

    return !daxwin_window_read(f->window, offset, buffer, length, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT);
}

static bool
write_faults(Fixture *f, uint64_t offset, size_t length)
{
    g_autofree char *buffer = g_malloc0(length);
    g_autoptr(GError) error = NULL;

    return !daxwin_window_write(f->window, offset, buffer, length, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT);
}

static void
copy_that_meets_idle_memory_faults(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, RW));
    assert_true(read_faults(f, 0, 1) && write_faults(f, 0, 1));
    assert_true(read_faults(f, pages(8) - 8, 16) && write_faults(f, pages(8) - 8, 16));
}

static void
copy_that_meets_a_truncated_page_faults(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, RW) && truncate_to(f, 6));
    assert_true(read_faults(f, pages(6), 8) && write_faults(f, pages(6), 8));
    assert_true(daxwin_window_contain(f->window, address_of(f, 6)));
    assert_false(read_faults(f, pages(6), 8) || write_faults(f, pages(6), 8));
}

static void
write_to_a_mapping_for_reading_faults(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(write_faults(f, pages(4), 8));
    assert_true(shows(f, 1, 4, 4));
}

static void
copy_that_leaves_the_window_is_refused(void **state)
{
    Fixture *f = *state;
    char buffer[16] = { 0 };
    g_autoptr(GError) read_error = NULL;
    g_autoptr(GError) write_error = NULL;

    assert_false(daxwin_window_read(f->window, pages(WINDOW_PAGES) - 8, buffer, 16, &read_error));
    assert_true(g_error_matches(read_error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_false(daxwin_window_write(f->window, UINT64_MAX - 7, buffer, 16, &write_error));
    assert_true(g_error_matches(write_error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
}

/* Resolving */

static void
resolve_finds_memory_up_to_the_end_of_the_mapping(void **state)
{
    Fixture *f = *state;
    size_t length = 100;

    assert_true(map_pages(f, f->file, 4, 4, RW));
    assert_ptr_equal(daxwin_window_resolve(pages(4) + 10, &length, true, f->window),
                     address_of(f, 4) + 10);
    assert_int_equal(length, 100);
    length = pages(9);
    assert_ptr_equal(daxwin_window_resolve(pages(5), &length, false, f->window), address_of(f, 5));
    assert_int_equal(length, pages(3));
}

static void
resolve_of_what_may_not_be_touched_finds_nothing(void **state)
{
    Fixture *f = *state;
    size_t length = 100;

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_null(daxwin_window_resolve(pages(3), &length, false, f->window));
    assert_null(daxwin_window_resolve(pages(8), &length, false, f->window));
    assert_null(daxwin_window_resolve(UINT64_MAX, &length, false, f->window));
    assert_null(daxwin_window_resolve(pages(4), &length, true, f->window));
    assert_non_null(daxwin_window_resolve(pages(4), &length, false, f->window));
    assert_int_equal(length, 100);
}

/* Mistakes of the program */

static void
null_is_a_critical_and_no_crash(void **state)
{
    Fixture *f = *state;
    size_t n = 1;
    char byte = 0;

    watch_criticals();
    (void)daxwin_window_sync(NULL, 0, pages(1), NULL);
    (void)daxwin_window_contain_truncated(NULL, &n, NULL);
    (void)daxwin_window_contain_truncated(f->window, NULL, NULL);
    (void)daxwin_window_read(NULL, 0, &byte, 1, NULL);
    (void)daxwin_window_read(f->window, 0, NULL, 1, NULL);
    (void)daxwin_window_write(NULL, 0, &byte, 1, NULL);
    (void)daxwin_window_write(f->window, 0, NULL, 1, NULL);
    (void)daxwin_window_resolve(0, &n, false, NULL);
    (void)daxwin_window_resolve(0, NULL, false, f->window);
    assert_int_equal(count_criticals(), 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_default, finish)
#define STRICT_TEST(name) cmocka_unit_test_setup_teardown(name, start_strict, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sync_brings_stores_to_the_file),
        TEST(sync_of_idle_memory_does_nothing),
        TEST(sync_of_a_bad_range_is_refused),
        TEST(sync_that_the_disk_refuses_reports_its_errno),
        TEST(contained_page_shows_zeros_and_is_counted),
        TEST(contain_of_a_sound_page_leaves_it),
        TEST(contain_of_anything_else_is_no_help),
        TEST(map_ends_containment),
        TEST(unmap_ends_containment),
        TEST(clear_ends_containment),
        STRICT_TEST(strict_unmap_sees_a_contained_mapping_whole),
        TEST(sweep_counts_what_it_covers),
        TEST(refused_sweep_reports_its_errno),
        TEST(read_copies_across_pages),
        TEST(write_copies_across_pages),
        TEST(copy_that_meets_idle_memory_faults),
        TEST(copy_that_meets_a_truncated_page_faults),
        TEST(write_to_a_mapping_for_reading_faults),
        TEST(copy_that_leaves_the_window_is_refused),
        TEST(resolve_finds_memory_up_to_the_end_of_the_mapping),
        TEST(resolve_of_what_may_not_be_touched_finds_nothing),
        TEST(null_is_a_critical_and_no_crash),
    };

    if (testing_skips_all()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
