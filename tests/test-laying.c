/* SPDX-License-Identifier: BSD-3-Clause */
/* test-laying.c: pieces laid over a reservation, and put back when the host refuses one of them. */
#include "laying.h"

#include "support/host-stand-ins.h"
#include "support/spaces.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>
#include <pthread.h>

enum {
    WINDOW_PAGES = 16
};

static const int R = DAXWIN_ACCESS_READ;
static const int RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static DaxwinSpace space;
static DaxwinLaying laying; /* of the new file, 2 */
static DaxwinLaying older;  /* of the old file, 1 */
static DaxwinLayingCounts counts;

static bool
open_file(DaxwinLaying *file, uint64_t number, bool is_staged)
{
    MarkedFile marked;

    if (!open_marked(&marked, number, WINDOW_PAGES)) {
        return false;
    }
    *file = (DaxwinLaying){ .fd = marked.fd, .admitted = { marked.file, is_staged } };
    return true;
}

static int
start_with_two_files(bool is_staged)
{
    host_faults_reset();
    if (!open_file(&older, 1, false) || !open_file(&laying, 2, is_staged)) {
        return -1;
    }
    return daxwin_space_init(&space, pages(WINDOW_PAGES), PROT_NONE, NULL) ? 0 : -1;
}

static int
start_direct(void **state)
{
    (void)state;
    return start_with_two_files(false);
}

static int
start_staged(void **state)
{
    (void)state;
    return start_with_two_files(true);
}

static int
release_all(void **state)
{
    (void)state;
    host_faults_reset();
    daxwin_space_clear(&space);
    (void)close(older.fd);
    (void)close(laying.fd);
    return 0;
}

static bool
lay(DaxwinLaying *what, const DaxwinMapping *mappings, size_t n, GError **error)
{
    what->mappings = mappings;
    what->n = n;
    counts = (DaxwinLayingCounts){ 0, 0 };
    return daxwin_laying_run(what, &space, &counts, error);
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

static uint64_t
shown(uint64_t page)
{
    return space_shown(&space, page);
}

static bool
shows(uint64_t file, uint64_t first, uint64_t n)
{
    return space_shows(&space, file, first, n);
}

static bool
is_idle(uint64_t first, uint64_t n)
{
    return space_is_idle(&space, first, n);
}

static bool
has_gap(void)
{
    return space_has_hole(&space);
}

static size_t
count_areas(void)
{
    return space_count_areas(&space);
}

static bool
agrees(void)
{
    return space_agrees(&space);
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
    assert_int_equal(space.table.count, 3);
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
    assert_int_equal(counts.replaced, 2);
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
    assert_int_equal(counts.replaced, 1);
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
    assert_int_equal(space.table.count, 1);
    assert_int_equal(count_areas(), 2);
    assert_int_equal(counts.replaced, 0);
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
    assert_int_equal(space.table.count, 1);
    assert_int_equal(count_areas(), 2);
    assert_int_equal(counts.replaced, 0);
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
    assert_int_equal(space.table.count, 2);
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
    assert_int_equal(space.table.count, 1);
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
    assert_string_equal(space.reservation.base + pages(4), foreign_text);
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
    assert_string_equal(space.reservation.base + pages(5), foreign_text);
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
    assert_string_equal(space.reservation.base + pages(8), foreign_text);
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
    assert_string_equal(space.reservation.base + pages(3), foreign_text);
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
    assert_string_equal(space.reservation.base + pages(3), foreign_text);
    assert_false(has_gap());
}

static void
foreign_memory_is_reported_whatever_else_could_not_be_undone(void **state)
{
    const DaxwinMapping three[] = { piece(2, 2, 2, R), piece(6, 6, 2, R), piece(9, 9, 1, R) };

    (void)state;
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 3, 1);
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
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
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_true(shows(2, 2, 2) && is_idle(6, 2));
    assert_int_equal(space.table.count, 1);
    assert_true(agrees());
}

static void
older_mapping_is_put_back_without_being_idle_in_between(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 0);
    assert_true(shows(1, 0, 12));
    assert_true(agrees());
}

/* What a vCPU does. The thread sanitizer would take each new mapping for a write by us. */
__attribute__((no_sanitize("thread"))) static uint64_t
load(const volatile char *address)
{
    return *(const volatile uint64_t *)address;
}

static int is_reading; /* atomic */

/* Reads two pages of the older mapping, which the batch covers and does not cover. */
static void *
read_older(void *data)
{
    uint64_t *n_wrong = data;

    while (__atomic_load_n(&is_reading, __ATOMIC_RELAXED) != 0) {
        uint64_t covered = load(space.reservation.base + pages(2));
        uint64_t beside = load(space.reservation.base + pages(5));

        *n_wrong +=
            (covered != mark_of(1, 2) && covered != mark_of(2, 2)) || beside != mark_of(1, 5);
    }
    return NULL;
}

static void
refuse_batches_under_a_reader(void)
{
    enum {
        ROUNDS = 3000
    };

    DaxwinMapping two[2];
    pthread_t reader;
    uint64_t n_wrong = 0;

    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    __atomic_store_n(&is_reading, 1, __ATOMIC_RELAXED);
    assert_int_equal(pthread_create(&reader, NULL, read_older, &n_wrong), 0);
    for (int i = 0; i < ROUNDS; i++) {
        host_faults_refuse(laying.admitted.is_staged ? HOST_MAP : HOST_MAP_OVER, EAGAIN, 2, 1);
        assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    }
    __atomic_store_n(&is_reading, 0, __ATOMIC_RELAXED);
    (void)pthread_join(reader, NULL);
    assert_int_equal(n_wrong, 0);
    assert_true(shows(1, 0, 12) && agrees());
}

static void
reader_never_faults_while_batches_are_undone(void **state)
{
    (void)state;
    refuse_batches_under_a_reader();
}

static void
undo_goes_on_after_each_refusal(void **state)
{
    const DaxwinMapping three[] = { piece(2, 2, 2, R), piece(6, 6, 2, R), piece(9, 9, 1, R) };

    (void)state;
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 3, 1);
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
    assert_int_equal(errno_of_laying(three, 3), EAGAIN);
    assert_true(shows(2, 2, 2) && is_idle(6, 4));
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 2);
    assert_true(agrees());
}

static void
undo_goes_on_around_what_it_has_put_back(void **state)
{
    const DaxwinMapping two[] = { piece(2, 2, 6, R), piece(10, 10, 1, R) };

    (void)state;
    assert_true(lay_older(4, 1));
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 2);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_true(shows(2, 2, 2) && shows(1, 4, 1) && shows(2, 5, 3) && is_idle(8, 8));
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 2);
    assert_true(agrees());
}

static void
foreign_memory_in_a_piece_laid_over_nothing_is_left_alone(void **state)
{
    const DaxwinMapping two[] = { piece(2, 2, 4, R), piece(4, 8, 4, R) };

    (void)state;
    expect_foreign_after(1);
    assert_int_equal(errno_of_laying(two, 2), ENOTRECOVERABLE);
    assert_string_equal(space.reservation.base + pages(6), foreign_text);
    assert_true(space.has_foreign);
    assert_false(has_gap());
}

/* Lays two pieces over the older mapping, of which the first can neither be taken away nor be
 * replaced by what lay there. */
static void
fail_to_undo(const DaxwinMapping *two)
{
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
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
    older.admitted.file.id =
        (DaxwinFileId){ laying.admitted.file.id.device + 1, laying.admitted.file.id.inode };
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
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
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

/* Files that may refuse late are staged */

static void
staged_piece_is_mapped_elsewhere_and_moved(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, RW);

    (void)state;
    assert_true(lay_older(0, 6));
    host_faults_reset();
    assert_int_equal(errno_of_laying(&mapping, 1), 0);
    assert_int_equal(host_faults_count(HOST_MAP), 1);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 1);
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 0);
    assert_int_equal(host_faults_count(HOST_RELEASE), 0);
    assert_true(shows(1, 0, 2) && shows(2, 2, 2) && shows(1, 4, 2));
    assert_true(agrees());
}

static void
staged_piece_that_is_refused_touches_nothing(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    assert_true(lay_older(0, 6));
    host_faults_reset();
    host_faults_refuse(HOST_MAP, ENODEV, 1, 1);
    assert_int_equal(errno_of_laying(&mapping, 1), ENODEV);
    assert_int_equal(host_faults_count(HOST_MOVE_OVER), 0);
    assert_int_equal(host_faults_count(HOST_RESERVE_HOLE), 0);
    assert_int_equal(host_faults_count(HOST_LIST_AREAS), 0);
    assert_true(shows(1, 0, 6));
    assert_true(agrees());
}

static void
staged_piece_that_cannot_be_moved_is_released(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    assert_true(lay_older(0, 6));
    host_faults_reset();
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 1);
    assert_int_equal(errno_of_laying(&mapping, 1), ENOMEM);
    assert_int_equal(host_faults_count(HOST_RELEASE), 1);
    assert_true(shows(1, 0, 6));
    assert_true(agrees());
}

static void
staged_piece_whose_move_leaves_a_hole_closes_it(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    assert_true(lay_older(0, 6));
    host_faults_refuse(HOST_MOVE_OVER, ENOMEM, 1, 1);
    host_faults[HOST_MOVE_OVER].damage = host_damage_hole;
    assert_int_equal(errno_of_laying(&mapping, 1), ENOMEM);
    assert_false(has_gap());
    assert_true(shows(1, 0, 2) && is_idle(2, 2) && shows(1, 4, 2));
    assert_true(agrees());
}

static void
staged_batch_that_is_refused_puts_older_mappings_back(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    host_faults_refuse(HOST_MAP, ENODEV, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), ENODEV);
    assert_true(shows(1, 0, 12));
    assert_int_equal(space.table.count, 1);
    assert_int_equal(count_areas(), 2);
    assert_true(agrees());
}

static void
staged_batch_that_is_refused_shows_readers_no_hole(void **state)
{
    (void)state;
    refuse_batches_under_a_reader();
}

/* Contained pages */

static void
piece_over_a_contained_page_ends_it(void **state)
{
    DaxwinMapping mapping = piece(2, 2, 2, R);

    (void)state;
    assert_true(lay_older(0, 6) && put_zeros(&space, 2, PROT_READ | PROT_WRITE));
    assert_int_equal(errno_of_laying(&mapping, 1), 0);
    assert_int_equal(space.contained.count, 0);
    assert_true(shows(2, 2, 2));
    assert_true(agrees());
}

static void
batch_over_a_contained_page_ends_it(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12) && put_zeros(&space, 2, PROT_READ | PROT_WRITE));
    assert_int_equal(errno_of_laying(two, 2), 0);
    assert_int_equal(space.contained.count, 0);
    assert_true(shows(2, 2, 2) && shows(2, 6, 2));
    assert_true(agrees());
}

/* Lets a batch fail over and beside contained pages: all are as before. */
static void
contained_pages_outlive_a_refused_batch(void **state)
{
    static const uint64_t contained[] = { 1, 2, 6, 7, 9 };
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    assert_true(lay_older(0, 12));
    for (size_t i = 0; i < G_N_ELEMENTS(contained); i++) {
        assert_true(put_zeros(&space, contained[i], PROT_READ | PROT_WRITE));
    }
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_int_equal(space.contained.count, G_N_ELEMENTS(contained));
    assert_int_equal(shown(2), 0);
    assert_true(shows(1, 3, 3) && shows(1, 8, 1) && shows(1, 10, 2));
    assert_int_equal(space.table.count, 1);
    assert_true(agrees());
}

/* Retreat: taking away what a batch has laid when the process has no areas left */

static void
piece_that_can_only_be_denied_is_not_listed(void **state)
{
    DaxwinMapping two[2];

    (void)state;
    choose_two_apart(two);
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, 2, 1);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, SIZE_MAX);
    host_faults_refuse(HOST_GUARD, EINVAL, 1, SIZE_MAX);
    assert_int_equal(errno_of_laying(two, 2), EAGAIN);
    assert_true(is_idle(0, WINDOW_PAGES));
    assert_int_equal(space.retreating.count, 1);
    assert_int_equal(counts.lost, 0);
    assert_true(agrees());
}

#define STAGED_TEST(name) cmocka_unit_test_setup_teardown(name, start_staged, release_all)
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_direct, release_all)

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
        TEST(older_mapping_is_put_back_without_being_idle_in_between),
        TEST(reader_never_faults_while_batches_are_undone),
        TEST(undo_goes_on_after_each_refusal),
        TEST(undo_goes_on_around_what_it_has_put_back),
        TEST(foreign_memory_in_a_piece_laid_over_nothing_is_left_alone),
        TEST(piece_that_cannot_be_replaced_by_older_stays_listed),
        TEST(piece_equal_to_the_older_mapping_needs_no_putting_back),
        TEST(piece_of_other_access_is_not_taken_for_the_older_mapping),
        TEST(equal_piece_of_another_file_is_not_taken_for_the_older_mapping),
        TEST(equal_inode_of_another_device_is_not_taken_for_the_older_mapping),
        TEST(older_mapping_covered_in_part_is_put_back_whole),
        TEST(refused_piece_with_no_error_to_set_still_fails),
        STAGED_TEST(staged_piece_is_mapped_elsewhere_and_moved),
        STAGED_TEST(staged_piece_that_is_refused_touches_nothing),
        STAGED_TEST(staged_piece_that_cannot_be_moved_is_released),
        STAGED_TEST(staged_piece_whose_move_leaves_a_hole_closes_it),
        STAGED_TEST(staged_batch_that_is_refused_puts_older_mappings_back),
        STAGED_TEST(staged_batch_that_is_refused_shows_readers_no_hole),
        TEST(piece_over_a_contained_page_ends_it),
        TEST(batch_over_a_contained_page_ends_it),
        TEST(contained_pages_outlive_a_refused_batch),
        TEST(piece_that_can_only_be_denied_is_not_listed),
    };

    if (testing_is_in_valgrind()) {
        print_message("1..0 # SKIP valgrind refuses to duplicate mappings\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
