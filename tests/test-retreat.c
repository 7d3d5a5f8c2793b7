/* SPDX-License-Identifier: BSD-3-Clause */
/* test-retreat.c: memory taken away from the guest, however little the kernel helps. */
#include "retreat.h"

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
static MarkedFile file;
static MarkedFile other;
static uint64_t lost;

static int
start(void **state)
{
    (void)state;
    host_faults_reset();
    lost = 0;
    return open_marked(&file, 1, WINDOW_PAGES) && open_marked(&other, 2, WINDOW_PAGES) &&
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
    (void)close(other.fd);
    return 0;
}

/* The errno with which the retreat from the pages [first, first + n) fails, 0 if it does not. */
static int
errno_of_retreat(uint64_t first, uint64_t n)
{
    g_autoptr(GError) error = NULL;

    return daxwin_retreat_run(&space, page_range(first, n), &lost, &error)
               ? 0
               : daxwin_error_to_errno(error);
}

/* Lets no reservation be put back, and no memory be guarded if @without_guards. */
static void
exhaust_areas(bool without_guards)
{
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, SIZE_MAX);
    if (without_guards) {
        host_faults_refuse(HOST_GUARD, EINVAL, 1, SIZE_MAX);
    }
}

static bool
has_guards(void)
{
    void *place = mmap(NULL, pages(1), PROT_READ, MAP_SHARED, file.fd, 0);
    bool has = place != MAP_FAILED && daxwin_host_guard(place, pages(1)) == 0;

    (void)munmap(place, pages(1));
    return has;
}

static void
mapping_becomes_idle(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    host_faults_reset();
    assert_int_equal(errno_of_retreat(4, 2), 0);
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 1);
    assert_int_equal(host_faults_count(HOST_PROTECT), 0);
    assert_true(space_shows(&space, 1, 2, 2) && space_is_idle(&space, 4, 2) &&
                space_shows(&space, 1, 6, 2));
    assert_true(space_agrees(&space));
}

static void
idle_range_takes_no_call(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    host_faults_reset();
    assert_int_equal(errno_of_retreat(8, 8), 0);
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 0);
}

static void
contained_pages_end(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)) && put_zeros(&space, 3, PROT_READ));
    assert_int_equal(errno_of_retreat(2, 6), 0);
    assert_int_equal(space.contained.count, 0);
    assert_true(is_one_area(space.reservation.base, pages(WINDOW_PAGES), "---p"));
}

static void
parachute_makes_room_and_is_armed_again(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    host_faults_reset();
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_retreat(4, 2), 0);
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 2);
    assert_true(space.parachute.is_armed);
    assert_int_equal(space.retreating.count, 0);
    assert_true(space_agrees(&space));
}

static void
parachute_that_cannot_be_armed_is_armed_later(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    host_faults_reset();
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    host_faults_refuse(HOST_PROTECT, ENOMEM, 2, 1); /* the first opens it */
    assert_int_equal(errno_of_retreat(4, 2), 0);
    assert_false(space.parachute.is_armed);
    daxwin_retreat_catch_up(&space);
    assert_true(space.parachute.is_armed);
}

static void
refusal_for_another_reason_opens_no_parachute(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)));
    host_faults_reset();
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
    assert_int_equal(errno_of_retreat(4, 2), EIO);
    assert_int_equal(host_faults_count(HOST_PROTECT), 0);
    assert_true(space_shows(&space, 1, 2, 6));
    assert_true(space_agrees(&space));
}

static void
guarded_part_cannot_be_reached_and_the_rest_can(void **state)
{
    SKIP_IN_USER_EMULATOR();

    (void)state;
    if (!has_guards()) {
        SKIP_BECAUSE("this kernel has no guard markers for files");
    }
    assert_true(show(&space, &file, piece(2, 2, 6, RW)));
    exhaust_areas(false);
    assert_int_equal(errno_of_retreat(4, 2), 0);
    assert_true(space_shows(&space, 1, 2, 2) && space_is_idle(&space, 4, 2) &&
                space_shows(&space, 1, 6, 2));
    assert_int_equal(space.retreating.bytes, pages(2));
    assert_int_equal(space.table.count, 2);
    assert_int_equal(lost, 0);
    assert_true(space_agrees(&space));
}

static void
each_mapping_in_the_range_is_guarded(void **state)
{
    SKIP_IN_USER_EMULATOR();

    (void)state;
    if (!has_guards()) {
        SKIP_BECAUSE("this kernel has no guard markers for files");
    }
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 2, R)));
    exhaust_areas(false);
    assert_int_equal(errno_of_retreat(0, 7), 0);
    assert_true(space_is_idle(&space, 0, 7) && space_shows(&space, 2, 7, 1));
    assert_int_equal(space.retreating.count, 2);
}

static void
without_guards_the_whole_area_is_denied(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(4, 4, 2, R)) &&
                show(&space, &other, piece(6, 6, 2, R)));
    exhaust_areas(true);
    assert_int_equal(errno_of_retreat(4, 1), 0);
    assert_true(space_is_idle(&space, 2, 4) && space_shows(&space, 2, 6, 2));
    assert_int_equal(lost, 2);
    assert_int_equal(space.retreating.bytes, pages(4));
    assert_true(space_agrees(&space));
}

static void
whole_mappings_are_denied_without_loss(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 2, R)));
    exhaust_areas(true);
    assert_int_equal(errno_of_retreat(0, WINDOW_PAGES), 0);
    assert_true(space_is_idle(&space, 0, WINDOW_PAGES));
    assert_int_equal(lost, 0);
}

static void
denied_mapping_with_contained_pages_is_lost_as_one(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 6, R)) && put_zeros(&space, 4, PROT_READ));
    exhaust_areas(true);
    assert_int_equal(errno_of_retreat(2, 6), 0);
    assert_int_equal(lost, 0);
    assert_int_equal(space.contained.count, 0);
    assert_true(space_is_idle(&space, 0, WINDOW_PAGES));
}

static void
refused_denial_is_a_refused_retreat(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)));
    exhaust_areas(true);
    host_faults_refuse(HOST_PROTECT, ENOMEM, 1, SIZE_MAX);
    assert_int_equal(errno_of_retreat(2, 2), ENOMEM);
    assert_true(space_shows(&space, 1, 2, 2));
    assert_true(space_agrees(&space));
}

static void
denial_needs_the_listing(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)));
    exhaust_areas(true);
    host_faults_refuse(HOST_LIST_AREAS, EACCES, 1, SIZE_MAX);
    assert_int_equal(errno_of_retreat(2, 2), ENOMEM);
    assert_true(space_shows(&space, 1, 2, 2));
}

static void
catching_up_puts_the_reservation_back(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 2, R)));
    exhaust_areas(true);
    assert_int_equal(errno_of_retreat(0, WINDOW_PAGES), 0);
    assert_int_equal(space.retreating.count, 2);
    host_faults_reset();
    daxwin_retreat_catch_up(&space);
    assert_int_equal(space.retreating.count, 0);
    assert_true(space.parachute.is_armed);
    assert_true(is_one_area(space.reservation.base, pages(WINDOW_PAGES), "---p"));
}

static void
catching_up_stops_at_a_refusal(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 2, R)));
    exhaust_areas(true);
    assert_int_equal(errno_of_retreat(0, WINDOW_PAGES), 0);
    host_faults_reset();
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 2, SIZE_MAX);
    daxwin_retreat_catch_up(&space);
    assert_int_equal(space.retreating.count, 1);
    assert_true(space_agrees(&space));
}

static void
retreat_from_a_part_of_what_was_denied_is_done_already(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 4, R)));
    exhaust_areas(true);
    assert_int_equal(errno_of_retreat(2, 4), 0);
    assert_int_equal(errno_of_retreat(3, 1), 0);
    assert_int_equal(space.retreating.bytes, pages(4));
}

static void
only_what_is_listed_goes_where_memory_is_foreign(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 4, R)));
    damage_foreign(space_at(&space, 4), pages(1));
    space.has_foreign = true;
    assert_int_equal(errno_of_retreat(0, 8), 0);
    assert_string_equal(space_at(&space, 4), foreign_text);
    assert_true(daxwin_mapping_table_first_in(&space.table, page_range(0, 8)) == NULL);
    assert_true(space_shows(&space, 2, 8, 2));
}

static void
mapping_with_foreign_memory_in_it_stays_listed(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 4, R)));
    damage_foreign(space_at(&space, 2), pages(1));
    space.has_foreign = true;
    assert_false(daxwin_retreat_run(&space, page_range(0, WINDOW_PAGES), &lost, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_string_equal(space_at(&space, 2), foreign_text);
    assert_true(space_is_idle(&space, 6, 4));
    assert_int_equal(space.table.count, 1);
}

static void
refusal_around_foreign_memory_is_reported(void **state)
{
    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &other, piece(6, 6, 4, R)));
    space.has_foreign = true;
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 2);
    assert_int_equal(errno_of_retreat(0, WINDOW_PAGES), EIO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

/* Kernels before 6.12 refuse to cut a huge page with ENOMEM. That must not be taken for a want of
 * areas, for which more than was asked for would be taken away. */
static void
cut_through_a_huge_page_is_no_want_of_areas(void **state)
{
    MarkedFile huge = file;
    g_autoptr(GError) error = NULL;

    (void)state;
    huge.file.page = pages(4);
    assert_true(show(&space, &huge, piece(4, 4, 8, R)));
    host_faults_reset();
    exhaust_areas(true);
    assert_false(daxwin_retreat_run(&space, page_range(4, 1), &lost, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_int_equal(host_faults_count(HOST_PROTECT), 0);
    assert_int_equal(lost, 0);
    host_faults_reset();
    assert_true(space_shows(&space, 1, 4, 8));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mapping_becomes_idle),
        TEST(idle_range_takes_no_call),
        TEST(contained_pages_end),
        TEST(parachute_makes_room_and_is_armed_again),
        TEST(parachute_that_cannot_be_armed_is_armed_later),
        TEST(refusal_for_another_reason_opens_no_parachute),
        TEST(guarded_part_cannot_be_reached_and_the_rest_can),
        TEST(each_mapping_in_the_range_is_guarded),
        TEST(without_guards_the_whole_area_is_denied),
        TEST(whole_mappings_are_denied_without_loss),
        TEST(denied_mapping_with_contained_pages_is_lost_as_one),
        TEST(refused_denial_is_a_refused_retreat),
        TEST(denial_needs_the_listing),
        TEST(catching_up_puts_the_reservation_back),
        TEST(catching_up_stops_at_a_refusal),
        TEST(retreat_from_a_part_of_what_was_denied_is_done_already),
        TEST(only_what_is_listed_goes_where_memory_is_foreign),
        TEST(mapping_with_foreign_memory_in_it_stays_listed),
        TEST(refusal_around_foreign_memory_is_reported),
        TEST(cut_through_a_huge_page_is_no_want_of_areas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
