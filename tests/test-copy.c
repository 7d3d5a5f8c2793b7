/* SPDX-License-Identifier: BSD-3-Clause */
/* test-copy.c: reading and writing window memory, where it can be touched and where not. */
#include "support/testing.h"

#include "support/pages.h"

#include "copy.h"
#include "host.h"

#include <daxwin/error.h>

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum {
    WINDOW_PAGES = 16
};

static DaxwinReservation reservation;
static int refuse_with;     /* errno of the call that is refused, 0 to let all through */
static size_t refused_call; /* which one, 1 being the first */
static size_t n_calls;      /* so far */
static size_t most_bytes;   /* that a call copies; 0 for all */

int __real_daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied);
int __wrap_daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied);
int __real_daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied);
int __wrap_daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied);

static bool
is_refused(void)
{
    return refuse_with != 0 && ++n_calls == refused_call;
}

static size_t
shorten(size_t length)
{
    return most_bytes > 0 ? MIN(length, most_bytes) : length;
}

int
__wrap_daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied)
{
    return is_refused() ? refuse_with
                        : __real_daxwin_host_copy_from(buffer, address, shorten(length), copied);
}

int
__wrap_daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied)
{
    return is_refused() ? refuse_with
                        : __real_daxwin_host_copy_to(address, buffer, shorten(length), copied);
}

/* Shows @n_pages pages of @fd, from its start, at page @start. */
static void
show(int fd, uint64_t start, uint64_t n_pages, int protection)
{
    assert_int_equal(daxwin_host_map_over(daxwin_reservation_at(&reservation, pages(start)),
                                          (size_t)pages(n_pages), protection, fd, 0),
                     0);
}

/* Pages 2 to 4 show all of a file, pages 5 and 6 the start of another that is read-only, pages 8
 * to 10 one of a single page. */
static int
show_files(void **state)
{
    int three = new_marked_file(1, 3);
    int two = new_marked_file(2, 2);
    int single = new_marked_file(3, 1);

    (void)state;
    assert_true(daxwin_reservation_init(&reservation, pages(WINDOW_PAGES), PROT_NONE, NULL));
    show(three, 2, 3, PROT_READ | PROT_WRITE);
    show(two, 5, 2, PROT_READ);
    show(single, 8, 3, PROT_READ | PROT_WRITE);
    close(three);
    close(two);
    close(single);
    return 0;
}

static int
forget_files(void **state)
{
    (void)state;
    daxwin_reservation_clear(&reservation);
    refuse_with = 0;
    refused_call = 0;
    n_calls = 0;
    most_bytes = 0;
    return 0;
}

/* The code of the error with which a copy from @offset is refused; -1 if it is not. */
static int
code_of_reading(uint64_t offset, size_t length)
{
    g_autofree char *buffer = g_malloc(pages(WINDOW_PAGES));
    g_autoptr(GError) error = NULL;

    return daxwin_copy_from(&reservation, offset, buffer, length, &error) ? -1 : error->code;
}

static int
code_of_writing(uint64_t offset, size_t length)
{
    g_autofree char *buffer = g_malloc0(pages(WINDOW_PAGES));
    g_autoptr(GError) error = NULL;

    return daxwin_copy_to(&reservation, offset, buffer, length, &error) ? -1 : error->code;
}

static void
mapped_bytes_are_read(void **state)
{
    uint64_t mark = 0;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_copy_from(&reservation, pages(3), &mark, sizeof mark, &error));
    assert_null(error);
    assert_int_equal(mark, mark_of(1, 1));
}

static void
mapped_bytes_are_written(void **state)
{
    const uint64_t mark = mark_of(9, 9);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_copy_to(&reservation, pages(3), &mark, sizeof mark, &error));
    assert_null(error);
    assert_int_equal(mark_at(daxwin_reservation_at(&reservation, pages(3))), mark);
    assert_int_equal(mark_at(daxwin_reservation_at(&reservation, pages(4))), mark_of(1, 2));
}

static void
bytes_of_any_alignment_come_back_as_written(void **state)
{
    static const char text[] = "neither end of this is a multiple of anything";
    const uint64_t offset = pages(3) - 17;
    char buffer[sizeof text] = "";

    (void)state;
    assert_true(daxwin_copy_to(&reservation, offset, text, sizeof text, NULL));
    assert_true(daxwin_copy_from(&reservation, offset, buffer, sizeof text, NULL));
    assert_memory_equal(buffer, text, sizeof text);
    assert_true(daxwin_copy_from(&reservation, offset + 8, buffer, 7, NULL));
    assert_memory_equal(buffer, "end of ", 7);
}

static void
bytes_of_neighbouring_mappings_are_read_in_one_piece(void **state)
{
    g_autofree char *buffer = g_malloc(pages(5));
    uint64_t mark;

    (void)state;
    assert_true(daxwin_copy_from(&reservation, pages(2), buffer, (size_t)pages(5), NULL));
    memcpy(&mark, buffer + pages(2), sizeof mark);
    assert_int_equal(mark, mark_of(1, 2));
    memcpy(&mark, buffer + pages(4), sizeof mark);
    assert_int_equal(mark, mark_of(2, 1));
}

static void
no_bytes_can_be_copied_from_anywhere_inside(void **state)
{
    (void)state;
    assert_int_equal(code_of_reading(0, 0), -1);
    assert_int_equal(code_of_writing(0, 0), -1);
    assert_int_equal(code_of_reading(pages(WINDOW_PAGES), 0), -1);
    assert_int_equal(code_of_writing(pages(WINDOW_PAGES), 0), -1);
}

static void
bytes_that_leave_the_window_are_refused(void **state)
{
    const uint64_t size = pages(WINDOW_PAGES);

    (void)state;
    assert_int_equal(code_of_reading(size - 1, 2), DAXWIN_ERROR_RANGE);
    assert_int_equal(code_of_writing(size - 1, 2), DAXWIN_ERROR_RANGE);
    assert_int_equal(code_of_reading(size + 1, 0), DAXWIN_ERROR_RANGE);
    assert_int_equal(code_of_writing(size, 1), DAXWIN_ERROR_RANGE);
}

static void
range_that_wraps_is_refused(void **state)
{
    (void)state;
    assert_int_equal(code_of_reading(UINT64_MAX, 2), DAXWIN_ERROR_RANGE);
    assert_int_equal(code_of_writing(UINT64_MAX - 3, 8), DAXWIN_ERROR_RANGE);
}

static void
refused_range_is_named(void **state)
{
    g_autofree char *text = g_strdup_printf("9 bytes at 0x%" PRIx64 " leave the window of "
                                            "0x%" PRIx64 " bytes",
                                            pages(WINDOW_PAGES), pages(WINDOW_PAGES));
    char buffer[9];
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(
        daxwin_copy_from(&reservation, pages(WINDOW_PAGES), buffer, sizeof buffer, &error));
    assert_string_equal(error->message, text);
}

static void
idle_memory_faults(void **state)
{
    (void)state;
    assert_int_equal(code_of_reading(pages(7), 1), DAXWIN_ERROR_FAULT);
    assert_int_equal(code_of_writing(pages(7), 1), DAXWIN_ERROR_FAULT);
}

static void
readable_idle_memory_reads_as_zeros_and_is_not_written(void **state)
{
    DaxwinReservation readable;
    uint64_t mark = 1;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_reservation_init(&readable, pages(1), PROT_READ, NULL));
    assert_true(daxwin_copy_from(&readable, 0, &mark, sizeof mark, NULL));
    assert_int_equal(mark, 0);
    assert_false(daxwin_copy_to(&readable, 0, &mark, sizeof mark, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    daxwin_reservation_clear(&readable);
}

static void
page_beyond_the_end_of_its_file_faults(void **state)
{
    (void)state;
    assert_int_equal(code_of_reading(pages(9), 1), DAXWIN_ERROR_FAULT);
    assert_int_equal(code_of_writing(pages(9), 1), DAXWIN_ERROR_FAULT);
}

static void
mapping_for_reading_faults_when_written(void **state)
{
    (void)state;
    assert_int_equal(code_of_writing(pages(5), 8), DAXWIN_ERROR_FAULT);
    assert_int_equal(mark_at(daxwin_reservation_at(&reservation, pages(5))), mark_of(2, 0));
}

static void
bytes_before_a_fault_are_read_and_the_fault_is_placed(void **state)
{
    g_autofree char *buffer = g_malloc0(pages(3));
    g_autofree char *text = g_strdup_printf("window memory at 0x%" PRIx64 " faults", pages(9));
    uint64_t mark;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_copy_from(&reservation, pages(8), buffer, (size_t)pages(2), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    assert_int_equal(daxwin_error_to_errno(error), EFAULT);
    assert_string_equal(error->message, text);
    memcpy(&mark, buffer, sizeof mark);
    assert_int_equal(mark, mark_of(3, 0));
}

static void
bytes_before_a_fault_are_written(void **state)
{
    g_autofree char *buffer = g_malloc0(pages(4));
    const uint64_t mark = mark_of(9, 9);

    (void)state;
    memcpy(buffer + pages(2), &mark, sizeof mark);
    assert_false(daxwin_copy_to(&reservation, pages(2), buffer, (size_t)pages(4), NULL));
    assert_int_equal(mark_at(daxwin_reservation_at(&reservation, pages(4))), mark);
    assert_int_equal(mark_at(daxwin_reservation_at(&reservation, pages(5))), mark_of(2, 0));
}

static void
copies_cut_short_are_continued(void **state)
{
    g_autofree char *pattern = g_malloc((gsize)pages(3));
    g_autofree char *buffer = g_malloc0(pages(3));

    (void)state;
    for (size_t i = 0; i < pages(3); i++) {
        pattern[i] = (char)(i % 251);
    }
    most_bytes = 1000;
    assert_true(daxwin_copy_to(&reservation, pages(2), pattern, (size_t)pages(3), NULL));
    assert_true(daxwin_copy_from(&reservation, pages(2), buffer, (size_t)pages(3), NULL));
    assert_memory_equal(buffer, pattern, (size_t)pages(3));
}

/* A filter of system calls may forbid one process to look into another, and itself along with
 * them. */
static void
forbidden_copy_is_reported_with_its_errno_and_place(void **state)
{
    char buffer[8] = "";
    g_autofree char *text = g_strdup_printf("cannot copy window memory at 0x%" PRIx64 ": %s",
                                            pages(2), g_strerror(EPERM));
    g_autoptr(GError) reading = NULL;
    g_autoptr(GError) writing = NULL;

    (void)state;
    refuse_with = EPERM;
    refused_call = 1;
    assert_false(daxwin_copy_from(&reservation, pages(2), buffer, sizeof buffer, &reading));
    n_calls = 0;
    assert_false(daxwin_copy_to(&reservation, pages(2), buffer, sizeof buffer, &writing));
    assert_true(g_error_matches(reading, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_true(g_error_matches(writing, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(reading), EPERM);
    assert_int_equal(daxwin_error_to_errno(writing), EPERM);
    assert_string_equal(reading->message, text);
    assert_string_equal(writing->message, text);
}

static void
refusal_after_a_short_copy_is_placed_behind_it(void **state)
{
    char buffer[64] = "";
    g_autofree char *text =
        g_strdup_printf("cannot copy window memory at 0x%" PRIx64, pages(2) + 32);
    g_autoptr(GError) error = NULL;

    (void)state;
    most_bytes = 16;
    refuse_with = ENOMEM;
    refused_call = 3;
    assert_false(daxwin_copy_to(&reservation, pages(2), buffer, sizeof buffer, &error));
    assert_true(g_str_has_prefix(error->message, text));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, show_files, forget_files)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mapped_bytes_are_read),
        TEST(mapped_bytes_are_written),
        TEST(bytes_of_any_alignment_come_back_as_written),
        TEST(bytes_of_neighbouring_mappings_are_read_in_one_piece),
        TEST(no_bytes_can_be_copied_from_anywhere_inside),
        TEST(bytes_that_leave_the_window_are_refused),
        TEST(range_that_wraps_is_refused),
        TEST(refused_range_is_named),
        TEST(idle_memory_faults),
        TEST(readable_idle_memory_reads_as_zeros_and_is_not_written),
        TEST(page_beyond_the_end_of_its_file_faults),
        TEST(mapping_for_reading_faults_when_written),
        TEST(bytes_before_a_fault_are_read_and_the_fault_is_placed),
        TEST(bytes_before_a_fault_are_written),
        TEST(copies_cut_short_are_continued),
        TEST(forbidden_copy_is_reported_with_its_errno_and_place),
        TEST(refusal_after_a_short_copy_is_placed_behind_it),
    };

    if (testing_skips_all()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
