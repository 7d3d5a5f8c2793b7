/* SPDX-License-Identifier: BSD-3-Clause */
/* test-laying.c: pieces laid over a reservation, and put back when the host refuses one of them. */
#include "laying.h"

#include "audit.h"
#include "support/areas.h"
#include "support/host-stand-ins.h"
#include "support/pages.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>
#include <sys/stat.h>

enum {
    WINDOW_PAGES = 16
};

static const int R = DAXWIN_ACCESS_READ;
static const int RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static DaxwinReservation reservation;
static DaxwinMappingTable table;
static DaxwinLaying laying; /* of the new file, 2 */
static DaxwinLaying older;  /* of the old file, 1 */
static uint64_t replaced;

static bool
open_file(DaxwinLaying *file, uint64_t number)
{
    struct stat status;

    file->fd = new_marked_file(number, WINDOW_PAGES);
    if (file->fd < 0 || fstat(file->fd, &status) != 0) {
        return false;
    }
    file->file = (DaxwinFileId){ status.st_dev, status.st_ino };
    return true;
}

static int
start_with_two_files(void **state)
{
    (void)state;
    host_faults_reset();
    table = (DaxwinMappingTable){ 0 };
    replaced = 0;
    if (!open_file(&older, 1) || !open_file(&laying, 2)) {
        return -1;
    }
    return daxwin_reservation_init(&reservation, pages(WINDOW_PAGES), PROT_NONE, NULL) ? 0 : -1;
}

static int
release_all(void **state)
{
    (void)state;
    host_faults_reset();
    daxwin_reservation_clear(&reservation);
    daxwin_mapping_table_clear(&table);
    (void)close(older.fd);
    (void)close(laying.fd);
    return 0;
}

static bool
lay(DaxwinLaying *what, const DaxwinMapping *mappings, size_t n, GError **error)
{
    what->mappings = mappings;
    what->n = n;
    return daxwin_laying_run(what, &reservation, &table, &replaced, error);
}

/* The old file, page for page, over the pages [first, first + n). */
static bool
lay_older(uint64_t first, uint64_t n)
{
    DaxwinMapping mapping = piece(first, first, n, RW);

    return lay(&older, &mapping, 1, NULL);
}

/* The errno with which a request to lay is refused, 0 if it is not. */
static int
errno_of_laying(const DaxwinMapping *mappings, size_t n)
{
    g_autoptr(GError) error = NULL;

    return lay(&laying, mappings, n, &error) ? 0 : daxwin_error_to_errno(error);
}

/* What window page @page shows: a mark, or 0. */
static uint64_t
shown(uint64_t page)
{
    return mark_at(reservation.base + pages(page));
}

/* Whether the pages [first, first + n) show the same pages of @file. */
static bool
shows(uint64_t file, uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (shown(page) != mark_of(file, page)) {
            return false;
        }
    }
    return true;
}

static bool
is_idle(uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (shown(page) != 0 || daxwin_mapping_table_find(&table, pages(page)) != NULL) {
            return false;
        }
    }
    return true;
}

static bool
has_gap(void)
{
    return has_hole(reservation.base, reservation.size);
}

static size_t
count_areas(void)
{
    return report_areas(reservation.base, reservation.size).count;
}

static bool
agrees(void)
{
    return daxwin_audit_run(&reservation, &table, (DaxwinRange){ 0, reservation.size }, NULL);
}

/* Two pieces of the new file over the pages [2, 4) and [6, 8). */
static void
choose_two_apart(DaxwinMapping two[2])
{
    two[0] = piece(2, 2, 2, R);
    two[1] = piece(6, 6, 2, R);
}

static void
single_piece_takes_one_call(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    assert_int_equal(errno_of_laying(&mapping, 1), 0);
    assert_true(shows(2, 2, 2));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 1);
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 0);
    assert_true(agrees());
}

static void
pieces_that_continue_each_other_take_one_call(void **state)
{
    const DaxwinMapping three[] = { piece(2, 2, 2, R), piece(4, 4, 1, R), piece(5, 5, 3, R) };

    (void)state;
    assert_int_equal(errno_of_laying(three, 3), 0);
    assert_true(shows(2, 2, 6));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 1);
    assert_int_equal(table.count, 3);
    assert_true(agrees());
}

static void
pieces_apart_take_one_call_each(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_int_equal(errno_of_laying(two, 2), 0);
    assert_true(shows(2, 2, 2) && shows(2, 6, 2));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 2);
    assert_true(agrees());
}

static void
neighbours_of_other_access_take_one_call_each(void **state)
{
    const DaxwinMapping two[] = { piece(2, 2, 2, R), piece(4, 4, 2, RW) };

    (void)state;
    assert_int_equal(errno_of_laying(two, 2), 0);
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 2);
    assert_true(agrees());
}

static void
batch_over_older_mappings_counts_what_it_replaced(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 4) && lay_older(7, 2));
    assert_int_equal(errno_of_laying(two, 2), 0);
    assert_int_equal(replaced, 2);
    assert_true(shows(1, 0, 2) && shows(2, 2, 2) && shows(2, 6, 2) && shows(1, 8, 1));
    assert_true(agrees());
}

static void
batch_releases_its_copies(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_reset();
    assert_int_equal(errno_of_laying(two, 2), 0);
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 2);
    assert_int_equal(host_faults_count(HOST_RELEASE), 2);
}

static void
later_piece_of_a_batch_covers_an_earlier_one(void **state)
{
    const DaxwinMapping two[] = { piece(2, 2, 4, R), piece(3, 8, 1, R) };

    (void)state;
    assert_int_equal(errno_of_laying(two, 2), 0);
    assert_int_equal(shown(2), mark_of(2, 2));
    assert_int_equal(shown(3), mark_of(2, 8));
    assert_int_equal(shown(4), mark_of(2, 4));
    assert_int_equal(replaced, 1);
    assert_true(agrees());
}

static void
refused_first_piece_changes_nothing(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_laying(two, 2), ENOMEM);
    assert_true(shows(1, 0, 12));
    assert_int_equal(table.count, 1);
    assert_int_equal(count_areas(), 2);
    assert_int_equal(replaced, 0);
    assert_true(agrees());
}

static void
refused_later_piece_puts_older_mappings_back(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), ENOMEM);
    assert_true(shows(1, 0, 12));
    assert_int_equal(table.count, 1);
    assert_int_equal(count_areas(), 2);
    assert_int_equal(replaced, 0);
    assert_true(agrees());
}

static void
copy_that_was_moved_back_is_not_released_as_well(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_reset();
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), ENOMEM);
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 2);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 1);
    assert_int_equal(host_faults_count(HOST_RELEASE), 1);
}

static void
refused_batch_over_idle_memory_leaves_it_idle(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), ENOMEM);
    assert_true(is_idle(0, WINDOW_PAGES));
    assert_int_equal(count_areas(), 1);
}

static void
refused_batch_of_pieces_that_meet_puts_all_back(void **state)
{
    const DaxwinMapping three[] = { piece(2, 2, 3, R), piece(4, 4, 4, R), piece(9, 9, 1, R) };

    (void)state;
    assert_true(lay_older(1, 5) && lay_older(6, 6));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 3, 1);
    assert_int_equal(errno_of_laying(three, 3), ENOMEM);
    assert_true(shows(1, 1, 11));
    assert_int_equal(table.count, 2);
    assert_true(agrees());
}

static void
refused_batch_over_its_own_file_puts_the_older_place_back(void **state)
{
    const DaxwinMapping before = piece(2, 8, 2, R);
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_int_equal(errno_of_laying(&before, 1), 0);
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_int_equal(shown(2), mark_of(2, 8));
    assert_true(agrees());
}

static void
refused_copy_changes_nothing(void **state)
{
    DaxwinMapping two[2];
    g_autoptr(GError) error = NULL;

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_DUPLICATE, ENOMEM, 2, 1);
    assert_false(lay(&laying, two, 2, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    assert_true(g_str_has_prefix(error->message, "cannot keep what the batch is to replace: "));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 1);
    assert_true(shows(1, 0, 12));
    assert_true(agrees());
}

static void
refused_piece_that_leaves_a_hole_closes_it(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    assert_true(lay_older(0, 6));
    host_faults_refuse(HOST_MAP_OVER, ENODEV, 1, 1);
    host_faults[HOST_MAP_OVER].damage = host_damage_hole;
    assert_int_equal(errno_of_laying(&mapping, 1), ENODEV);
    assert_false(has_gap());
    assert_true(shows(1, 0, 2) && is_idle(2, 2) && shows(1, 4, 2));
    assert_true(agrees());
}

static void
refused_batch_that_leaves_a_hole_puts_older_mappings_back(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 2, 1);
    host_faults[HOST_MAP_OVER].damage = host_damage_hole;
    assert_int_equal(errno_of_laying(two, 2), ENOMEM);
    assert_false(has_gap());
    assert_true(shows(1, 0, 12));
    assert_int_equal(table.count, 1);
    assert_int_equal(count_areas(), 2);
    assert_true(agrees());
}

static void
hole_is_closed_where_the_listing_cannot_be_read(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    host_faults_refuse(HOST_MAP_OVER, ENODEV, 1, 1);
    host_faults[HOST_MAP_OVER].damage = host_damage_hole;
    host_faults_refuse(HOST_LIST_AREAS, EACCES, 1, 1);
    assert_int_equal(errno_of_laying(&mapping, 1), ENODEV);
    assert_false(has_gap());
    assert_true(agrees());
}

static void
hole_that_cannot_be_closed_is_reported(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    host_faults_refuse(HOST_MAP_OVER, ENODEV, 1, 1);
    host_faults[HOST_MAP_OVER].damage = host_damage_hole;
    host_faults_refuse(HOST_RESERVE_HOLE, ENOMEM, 1, SIZE_MAX);
    assert_int_equal(errno_of_laying(&mapping, 1), ENOTRECOVERABLE);
}

static const char foreign_text[] = "not yours";

/* Another thread maps memory of its own into the middle of the hole, one page of it. */
static void
damage_foreign(void *address, size_t length)
{
    char *place = (char *)address + pages(length / pages(1) / 2);

    (void)munmap(address, length);
    if (mmap(place, pages(1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0) == place) {
        memcpy(place, foreign_text, sizeof foreign_text);
    }
}

/* Lets foreign memory fall into the hole that the next but @n_good pieces leaves. */
static void
expect_foreign_after(size_t n_good)
{
    host_faults_refuse(HOST_MAP_OVER, ENODEV, n_good + 1, 1);
    host_faults[HOST_MAP_OVER].damage = damage_foreign;
}

static void
foreign_memory_in_the_hole_is_reported_and_left_alone(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 4, R);
    g_autoptr(GError) error = NULL;

    (void)state;
    expect_foreign_after(0);
    assert_false(lay(&laying, &mapping, 1, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_string_equal(reservation.base + pages(4), foreign_text);
}

static void
hole_around_foreign_memory_is_closed(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 6, R);

    (void)state;
    assert_true(lay_older(1, 8));
    expect_foreign_after(0);
    assert_int_equal(errno_of_laying(&mapping, 1), ENOTRECOVERABLE);
    assert_false(has_gap());
    assert_string_equal(reservation.base + pages(5), foreign_text);
    assert_true(shows(1, 1, 1) && is_idle(2, 3) && is_idle(6, 2) && shows(1, 8, 1));
}

static void
foreign_memory_beneath_a_batch_is_left_alone(void **state)
{
    const DaxwinMapping two[] = { piece(2, 2, 2, R), piece(6, 6, 4, R) };

    (void)state;
    assert_true(lay_older(0, 12));
    expect_foreign_after(1);
    assert_int_equal(errno_of_laying(two, 2), ENOTRECOVERABLE);
    assert_false(has_gap());
    assert_string_equal(reservation.base + pages(8), foreign_text);
    assert_true(shows(1, 0, 6) && shows(1, 10, 2));
}

static void
foreign_memory_in_a_piece_laid_before_is_left_alone(void **state)
{
    const DaxwinMapping two[] = { piece(1, 1, 3, R), piece(2, 8, 2, R) };

    (void)state;
    assert_true(lay_older(0, 12));
    expect_foreign_after(1);
    assert_int_equal(errno_of_laying(two, 2), ENOTRECOVERABLE);
    assert_false(has_gap());
    assert_string_equal(reservation.base + pages(3), foreign_text);
}

static void
foreign_memory_found_while_putting_back_is_reported(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 2, 1);
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 1);
    host_faults[HOST_MOVE_OVER].damage = damage_foreign;
    assert_int_equal(errno_of_laying(two, 2), ENOTRECOVERABLE);
    assert_string_equal(reservation.base + pages(3), foreign_text);
    assert_false(has_gap());
}

static void
foreign_memory_is_reported_whatever_else_could_not_be_undone(void **state)
{
    const DaxwinMapping three[] = { piece(2, 2, 2, R), piece(6, 6, 2, R), piece(9, 9, 1, R) };

    (void)state;
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 3, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 2);
    host_faults[HOST_MOVE_OVER].damage = damage_foreign;
    assert_int_equal(errno_of_laying(three, 3), ENOTRECOVERABLE);
    assert_false(has_gap());
}

static void
refused_putting_back_is_told_and_the_table_is_true(void **state)
{
    DaxwinMapping two[2];
    g_autoptr(GError) error = NULL;

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 1);
    assert_false(lay(&laying, two, 2, &error));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_true(g_str_has_prefix(error->message, "what the batch had replaced is lost in part ("));
    assert_true(shows(1, 0, 2) && is_idle(2, 2) && shows(1, 4, 8));
    assert_true(agrees());
}

static void
refused_putting_back_that_leaves_a_hole_closes_it(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 1);
    host_faults[HOST_MOVE_OVER].damage = host_damage_hole;
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_false(has_gap());
    assert_true(agrees());
}

static void
piece_that_cannot_be_taken_away_stays_listed(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_true(shows(2, 2, 2) && is_idle(6, 2));
    assert_int_equal(table.count, 1);
    assert_true(agrees());
}

static void
older_mapping_is_put_back_over_a_piece_that_could_not_be_taken_away(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_true(shows(1, 0, 12));
    assert_true(agrees());
}

static void
undo_goes_on_after_each_refusal(void **state)
{
    const DaxwinMapping three[] = { piece(2, 2, 2, R), piece(6, 6, 2, R), piece(9, 9, 1, R) };

    (void)state;
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 3, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_laying(three, 3), EAGAIN);
    assert_true(shows(2, 2, 2) && is_idle(6, 4));
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 2);
    assert_true(agrees());
}

/* Lays two pieces over the older mapping, of which the first can neither be taken away nor be
 * replaced by what lay there. */
static void
fail_to_undo(const DaxwinMapping *two)
{
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 1);
    (void)errno_of_laying(two, 2);
}

static void
piece_that_cannot_be_replaced_by_older_stays_listed(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    fail_to_undo(two);
    assert_true(shows(1, 0, 2) && shows(2, 2, 2) && shows(1, 4, 8));
    assert_true(agrees());
}

static void
piece_equal_to_the_older_mapping_needs_no_putting_back(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_int_equal(errno_of_laying(two, 1), 0);
    host_faults_reset();
    fail_to_undo(two);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 0);
    assert_true(shows(2, 2, 2) && is_idle(6, 2));
    assert_true(agrees());
}

static void
piece_of_other_access_is_not_taken_for_the_older_mapping(void **state)
{
    const DaxwinMapping before = piece(2, 2, 2, RW);
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_int_equal(errno_of_laying(&before, 1), 0);
    host_faults_reset();
    fail_to_undo(two);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 1);
    assert_true(agrees());
}

static void
equal_piece_of_another_file_is_not_taken_for_the_older_mapping(void **state)
{
    const DaxwinMapping before = piece(2, 2, 2, R);
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay(&older, &before, 1, NULL));
    host_faults_reset();
    fail_to_undo(two);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 1);
    assert_true(agrees());
}

static void
equal_inode_of_another_device_is_not_taken_for_the_older_mapping(void **state)
{
    const DaxwinMapping before = piece(2, 2, 2, R);
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    older.file = (DaxwinFileId){ laying.file.device + 1, laying.file.inode };
    assert_true(lay(&older, &before, 1, NULL));
    host_faults_reset();
    fail_to_undo(two);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 1);
}

static void
older_mapping_covered_in_part_is_put_back_whole(void **state)
{
    const DaxwinMapping two[] = { piece(4, 2, 2, R), piece(8, 8, 1, R) };

    (void)state;
    assert_true(lay_older(3, 2) && lay_older(5, 2));
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_true(is_idle(0, 3) && shows(1, 3, 4));
    assert_true(agrees());
}

static void
refused_piece_with_no_error_to_set_still_fails(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 1, 1);
    assert_false(lay(&laying, &mapping, 1, NULL));
    assert_true(is_idle(0, WINDOW_PAGES));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_two_files, release_all)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(single_piece_takes_one_call),
        TEST(pieces_that_continue_each_other_take_one_call),
        TEST(pieces_apart_take_one_call_each),
        TEST(neighbours_of_other_access_take_one_call_each),
        TEST(batch_over_older_mappings_counts_what_it_replaced),
        TEST(batch_releases_its_copies),
        TEST(later_piece_of_a_batch_covers_an_earlier_one),
        TEST(refused_first_piece_changes_nothing),
        TEST(refused_later_piece_puts_older_mappings_back),
        TEST(copy_that_was_moved_back_is_not_released_as_well),
        TEST(refused_batch_over_idle_memory_leaves_it_idle),
        TEST(refused_batch_of_pieces_that_meet_puts_all_back),
        TEST(refused_batch_over_its_own_file_puts_the_older_place_back),
        TEST(refused_copy_changes_nothing),
        TEST(refused_piece_that_leaves_a_hole_closes_it),
        TEST(refused_batch_that_leaves_a_hole_puts_older_mappings_back),
        TEST(hole_is_closed_where_the_listing_cannot_be_read),
        TEST(hole_that_cannot_be_closed_is_reported),
        TEST(foreign_memory_in_the_hole_is_reported_and_left_alone),
        TEST(hole_around_foreign_memory_is_closed),
        TEST(foreign_memory_beneath_a_batch_is_left_alone),
        TEST(foreign_memory_in_a_piece_laid_before_is_left_alone),
        TEST(foreign_memory_found_while_putting_back_is_reported),
        TEST(foreign_memory_is_reported_whatever_else_could_not_be_undone),
        TEST(refused_putting_back_is_told_and_the_table_is_true),
        TEST(refused_putting_back_that_leaves_a_hole_closes_it),
        TEST(piece_that_cannot_be_taken_away_stays_listed),
        TEST(older_mapping_is_put_back_over_a_piece_that_could_not_be_taken_away),
        TEST(undo_goes_on_after_each_refusal),
        TEST(piece_that_cannot_be_replaced_by_older_stays_listed),
        TEST(piece_equal_to_the_older_mapping_needs_no_putting_back),
        TEST(piece_of_other_access_is_not_taken_for_the_older_mapping),
        TEST(equal_piece_of_another_file_is_not_taken_for_the_older_mapping),
        TEST(equal_inode_of_another_device_is_not_taken_for_the_older_mapping),
        TEST(older_mapping_covered_in_part_is_put_back_whole),
        TEST(refused_piece_with_no_error_to_set_still_fails),
    };

    if (testing_is_in_valgrind()) {
        print_message("1..0 # SKIP valgrind refuses to duplicate mappings\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
