/* SPDX-License-Identifier: BSD-3-Clause */
/* test-window-view.c: what a window tells about itself. */
#include "support/testing.h"
#include "support/windows.h"

#include <errno.h>

static void
lookup_finds_the_mapping_of_a_byte(void **state)
{
    Fixture *f = *state;
    DaxwinMapping found = { 0 };

    assert_true(map_pages(f, f->file, 4, 4, RW));
    assert_true(daxwin_window_lookup(f->window, pages(4), &found));
    assert_int_equal(found.window_offset, pages(4));
    assert_int_equal(found.file_offset, pages(4));
    assert_int_equal(found.length, pages(4));
    assert_int_equal(found.access, RW);
    assert_true(daxwin_window_lookup(f->window, pages(8) - 1, &found));
}

static void
lookup_of_an_idle_byte_leaves_the_result_alone(void **state)
{
    Fixture *f = *state;
    DaxwinMapping found = { 1, 2, 3, DAXWIN_ACCESS_WRITE };

    assert_true(map_pages(f, f->file, 4, 4, RW));
    assert_false(daxwin_window_lookup(f->window, pages(4) - 1, &found));
    assert_false(daxwin_window_lookup(f->window, pages(8), &found));
    assert_false(daxwin_window_lookup(f->window, pages(WINDOW_PAGES), &found));
    assert_false(daxwin_window_lookup(f->window, UINT64_MAX, &found));
    assert_int_equal(found.window_offset, 1);
    assert_int_equal(found.length, 3);
}

/* A DaxwinMappingFunc that changes the window it walks over. */
static void
disturb(const DaxwinMapping *mapping, void *user_data)
{
    Fixture *f = user_data;
    DaxwinMapping more = piece(40, 40, 2, R);

    (void)daxwin_window_unmap(f->window, mapping->window_offset, mapping->length, NULL);
    (void)daxwin_window_map(f->window, f->other, &more, NULL);
    (void)daxwin_window_clear(f->window, NULL);
    f->file++;
}

static void
foreach_walks_over_a_snapshot(void **state)
{
    Fixture *f = *state;
    Fixture disturbed = { f->window, 0, f->other };

    assert_true(map_pages(f, f->file, 0, 2, R) && map_pages(f, f->file, 6, 2, R) &&
                map_pages(f, f->file, 12, 2, R));
    daxwin_window_foreach(f->window, disturb, &disturbed);
    assert_int_equal(disturbed.file, 3);
    assert_true(is_all_idle(f));
}

static void
foreach_goes_in_window_order(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(0, 0, 2, R), piece(6, 6, 2, RW), piece(12, 12, 2, R) };

    assert_true(map_pages(f, f->file, 12, 2, R) && map_pages(f, f->file, 0, 2, R) &&
                map_pages(f, f->file, 6, 2, RW));
    assert_true(lists(f, three, 3));
}

static void
usage_tells_what_was_done(void **state)
{
    Fixture *f = *state;
    DaxwinMapping two[] = { piece(20, 20, 1, R), piece(30, 30, 1, R) };

    assert_true(map_pages(f, f->file, 0, 8, R) && map_pages(f, f->other, 2, 2, R));
    assert_true(try_batch(f, f->file, two, 2).is_done);
    assert_true(unmap_pages(f, 7, 1));
    assert_int_equal(usage_of(f).mappings, 5);
    assert_int_equal(usage_of(f).bytes_mapped, pages(9));
    assert_int_equal(usage_of(f).maps, 4);
    assert_int_equal(usage_of(f).unmaps, 1);
    assert_int_equal(usage_of(f).replaced, 1);
    assert_int_equal(usage_of(f).refused, 0);
}

/* The audit */

static bool
audit_says(Fixture *f, DaxwinError code)
{
    g_autoptr(GError) error = NULL;

    return !daxwin_window_audit(f->window, &error) && g_error_matches(error, DAXWIN_ERROR, code);
}

static void *
put_over(Fixture *f, uint64_t page, int protection, int flags, int fd, uint64_t file_page)
{
    return mmap(address_of(f, page), pages(2), protection, flags | MAP_FIXED, fd,
                (off_t)pages(file_page));
}

static void
audit_detects_a_hole(void **state)
{
    Fixture *f = *state;

    assert_int_equal(munmap(address_of(f, 4), pages(1)), 0);
    assert_true(audit_says(f, DAXWIN_ERROR_FOREIGN));
}

static void
audit_detects_foreign_memory(void **state)
{
    Fixture *f = *state;

    assert_int_equal(munmap(address_of(f, 4), pages(2)), 0);
    assert_ptr_equal(put_over(f, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     address_of(f, 4));
    assert_true(audit_says(f, DAXWIN_ERROR_FOREIGN));
}

static void
audit_detects_another_file(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 2, R));
    assert_ptr_equal(put_over(f, 4, PROT_READ, MAP_SHARED, f->other, 4), address_of(f, 4));
    assert_true(audit_says(f, DAXWIN_ERROR_FOREIGN));
}

static void
audit_detects_another_piece(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 2, R));
    assert_ptr_equal(put_over(f, 4, PROT_READ, MAP_SHARED, f->file, 5), address_of(f, 4));
    assert_true(audit_says(f, DAXWIN_ERROR_FOREIGN));
}

static void
audit_detects_other_access(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 2, R));
    assert_int_equal(mprotect(address_of(f, 5), pages(1), PROT_READ | PROT_WRITE), 0);
    assert_true(audit_says(f, DAXWIN_ERROR_FOREIGN));
}

static void
audit_detects_a_listed_mapping_that_is_gone(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 2, R));
    assert_ptr_equal(put_over(f, 4, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     address_of(f, 4));
    assert_true(audit_says(f, DAXWIN_ERROR_FOREIGN));
}

static void
audit_without_a_listing_reports_the_errno(void **state)
{
    Fixture *f = *state;

    host_faults_refuse(HOST_LIST_AREAS, EACCES, 1, 1);
    assert_true(audit_says(f, DAXWIN_ERROR_SYSTEM));
}

static void
audit_that_finds_something_ends_mapping(void **state)
{
    Fixture *f = *state;

    assert_int_equal(munmap(address_of(f, 4), pages(1)), 0);
    assert_false(daxwin_window_audit(f->window, NULL));
    assert_int_equal(try_map(f, f->file, piece(8, 8, 1, R)).code, DAXWIN_ERROR_FOREIGN);
}

static void
audit_that_cannot_be_made_does_not_end_mapping(void **state)
{
    Fixture *f = *state;

    host_faults_refuse(HOST_LIST_AREAS, EACCES, 1, 1);
    assert_false(daxwin_window_audit(f->window, NULL));
    assert_true(map_pages(f, f->file, 8, 1, R));
}

static void
usage_counts_areas(void **state)
{
    SKIP_IN_USER_EMULATOR();

    Fixture *f = *state;

    assert_int_equal(usage_of(f).areas, 1);
    assert_true(map_pages(f, f->file, 8, 4, R));
    assert_int_equal(usage_of(f).areas, 3);
    assert_true(map_pages(f, f->file, 0, 2, R));
    assert_int_equal(usage_of(f).areas, 4);
    assert_true(ftruncate(f->file, 0) == 0 && daxwin_window_contain(f->window, address_of(f, 9)));
    assert_int_equal(usage_of(f).areas, 6);
    assert_true(usage_of(f).areas >= report_areas(address_of(f, 0), pages(WINDOW_PAGES)).count);
    assert_true(usage_of(f).area_budget > usage_of(f).areas);
}

/* Mistakes of the program */

static void
null_is_a_critical_and_no_crash(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping;

    watch_criticals();
    (void)daxwin_window_lookup(NULL, 0, &mapping);
    (void)daxwin_window_lookup(f->window, 0, NULL);
    daxwin_window_foreach(NULL, disturb, NULL);
    daxwin_window_foreach(f->window, NULL, NULL);
    daxwin_window_get_usage(NULL, &(DaxwinUsage){ 0 });
    daxwin_window_get_usage(f->window, NULL);
    (void)daxwin_window_audit(NULL, NULL);
    assert_int_equal(count_criticals(), 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_default, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lookup_finds_the_mapping_of_a_byte),
        TEST(lookup_of_an_idle_byte_leaves_the_result_alone),
        TEST(foreach_walks_over_a_snapshot),
        TEST(foreach_goes_in_window_order),
        TEST(usage_tells_what_was_done),
        TEST(audit_detects_a_hole),
        TEST(audit_detects_foreign_memory),
        TEST(audit_detects_another_file),
        TEST(audit_detects_another_piece),
        TEST(audit_detects_other_access),
        TEST(audit_detects_a_listed_mapping_that_is_gone),
        TEST(audit_without_a_listing_reports_the_errno),
        TEST(audit_that_finds_something_ends_mapping),
        TEST(audit_that_cannot_be_made_does_not_end_mapping),
        TEST(usage_counts_areas),
        TEST(null_is_a_critical_and_no_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
