/* SPDX-License-Identifier: BSD-3-Clause */
/* test-mapping.c: which mappings may be asked for, and how one relates to ranges and others. */
#include "support/testing.h"

#include "mapping-private.h"

#include <daxwin/error.h>
#include <daxwin/size.h>

#include <string.h>
#include <sys/mman.h>

static const DaxwinAccess READ_WRITE = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static uint64_t page;
static uint64_t window_size;

static int
ask_for_page_size(void **state)
{
    (void)state;
    page = daxwin_host_page_size();
    window_size = 16 * page;
    return 0;
}

/* Two pages of a file at its page 5, shown at page 2 of the window. */
static DaxwinMapping
good_mapping(void)
{
    return (DaxwinMapping){ 2 * page, 5 * page, 2 * page, DAXWIN_ACCESS_READ };
}

static void
good_mapping_is_accepted(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_mapping_check(&mapping, window_size, &error));
    assert_null(error);
}

static void
each_access_is_accepted(void **state)
{
    DaxwinMapping mapping = good_mapping();

    (void)state;
    mapping.access = DAXWIN_ACCESS_WRITE;
    assert_true(daxwin_mapping_check(&mapping, window_size, NULL));
    mapping.access = READ_WRITE;
    assert_true(daxwin_mapping_check(&mapping, window_size, NULL));
}

static void
access_to_nothing_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.access = 0;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS));
}

static void
unknown_access_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.access = (DaxwinAccess)(READ_WRITE | 8);
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS));
    assert_string_equal(error->message, "access 0xb has unknown bits, only 0x3 are known");
}

static void
highest_access_bit_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();

    (void)state;
    mapping.access = (DaxwinAccess)(DAXWIN_ACCESS_READ | 1U << 31);
    assert_false(daxwin_mapping_check(&mapping, window_size, NULL));
}

static void
odd_window_offset_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.window_offset += page / 2;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_non_null(strstr(error->message, "window offset"));
}

static void
odd_file_offset_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.file_offset += 512;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_non_null(strstr(error->message, "file offset"));
}

static void
odd_length_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.length -= 1;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_non_null(strstr(error->message, "length"));
}

static void
length_zero_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.length = 0;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
}

static void
mapping_that_leaves_the_window_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.window_offset = window_size - page;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
}

static void
piece_up_to_the_end_of_the_longest_file_is_accepted(void **state)
{
    DaxwinMapping mapping = good_mapping();

    (void)state;
    mapping.file_offset = (UINT64_C(1) << 63) - page - mapping.length;
    assert_true(daxwin_mapping_check(&mapping, window_size, NULL));
}

static void
piece_beyond_the_longest_file_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.file_offset = (UINT64_C(1) << 63) - mapping.length;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_non_null(strstr(error->message, "2^63 - 1"));
}

static void
piece_whose_end_wraps_is_refused(void **state)
{
    DaxwinMapping mapping = good_mapping();
    g_autoptr(GError) error = NULL;

    (void)state;
    mapping.file_offset = UINT64_MAX - page + 1;
    assert_false(daxwin_mapping_check(&mapping, window_size, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
}

static void
protection_always_lets_read(void **state)
{
    (void)state;
    assert_int_equal(daxwin_mapping_protection(DAXWIN_ACCESS_READ), PROT_READ);
    assert_int_equal(daxwin_mapping_protection(DAXWIN_ACCESS_WRITE), PROT_READ | PROT_WRITE);
    assert_int_equal(daxwin_mapping_protection(READ_WRITE), PROT_READ | PROT_WRITE);
}

static void
string_tells_place_file_and_access(void **state)
{
    DaxwinMapping mapping = { 0x200000, 0, 0x200000, READ_WRITE };
    g_autofree char *text = daxwin_mapping_to_string(&mapping);

    (void)state;
    assert_string_equal(text, "[0x200000, 0x400000) = file 0x0 rw");
}

static void
string_tells_each_access_alone(void **state)
{
    DaxwinMapping readable = { 0x1000, 0x3000, 0x1000, DAXWIN_ACCESS_READ };
    DaxwinMapping writable = { 0x1000, 0x3000, 0x1000, DAXWIN_ACCESS_WRITE };
    g_autofree char *of_readable = daxwin_mapping_to_string(&readable);
    g_autofree char *of_writable = daxwin_mapping_to_string(&writable);

    (void)state;
    assert_string_equal(of_readable, "[0x1000, 0x2000) = file 0x3000 r");
    assert_string_equal(of_writable, "[0x1000, 0x2000) = file 0x3000 w");
}

static void
string_of_a_bad_mapping_is_made_all_the_same(void **state)
{
    DaxwinMapping mapping = { UINT64_MAX, UINT64_MAX, UINT64_MAX, 0 };
    g_autofree char *text = daxwin_mapping_to_string(&mapping);

    (void)state;
    assert_string_equal(text, "[0xffffffffffffffff, 0xfffffffffffffffe) = file "
                              "0xffffffffffffffff ");
}

static void
range_of_a_mapping_is_its_place(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinRange range = daxwin_mapping_range(&mapping);

    (void)state;
    assert_int_equal(range.offset, 2 * page);
    assert_int_equal(range.length, 2 * page);
}

static void
clipped_head_starts_where_the_mapping_does(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinMapping head = daxwin_mapping_clip(&mapping, (DaxwinRange){ 0, 3 * page });

    (void)state;
    assert_int_equal(head.window_offset, 2 * page);
    assert_int_equal(head.file_offset, 5 * page);
    assert_int_equal(head.length, page);
    assert_int_equal(head.access, DAXWIN_ACCESS_READ);
}

static void
clipped_tail_starts_later_in_the_file(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinMapping tail = daxwin_mapping_clip(&mapping, (DaxwinRange){ 3 * page, 9 * page });

    (void)state;
    assert_int_equal(tail.window_offset, 3 * page);
    assert_int_equal(tail.file_offset, 6 * page);
    assert_int_equal(tail.length, page);
    assert_int_equal(tail.access, DAXWIN_ACCESS_READ);
}

/* The two pages that go on where good_mapping() ends. */
static DaxwinMapping
continuation(void)
{
    return (DaxwinMapping){ 4 * page, 7 * page, 2 * page, DAXWIN_ACCESS_READ };
}

static void
next_pages_with_equal_access_continue(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinMapping next = continuation();

    (void)state;
    assert_true(daxwin_mapping_continues(&mapping, &next));
    assert_false(daxwin_mapping_continues(&next, &mapping));
}

static void
gap_in_the_window_does_not_continue(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinMapping next = continuation();

    (void)state;
    next.window_offset += page;
    assert_false(daxwin_mapping_continues(&mapping, &next));
}

static void
gap_in_the_file_does_not_continue(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinMapping next = continuation();

    (void)state;
    next.file_offset += page;
    assert_false(daxwin_mapping_continues(&mapping, &next));
}

static void
other_access_does_not_continue(void **state)
{
    DaxwinMapping mapping = good_mapping();
    DaxwinMapping next = continuation();

    (void)state;
    next.access = READ_WRITE;
    assert_false(daxwin_mapping_continues(&mapping, &next));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_mapping_is_accepted),
        cmocka_unit_test(each_access_is_accepted),
        cmocka_unit_test(access_to_nothing_is_refused),
        cmocka_unit_test(unknown_access_is_refused),
        cmocka_unit_test(highest_access_bit_is_refused),
        cmocka_unit_test(odd_window_offset_is_refused),
        cmocka_unit_test(odd_file_offset_is_refused),
        cmocka_unit_test(odd_length_is_refused),
        cmocka_unit_test(length_zero_is_refused),
        cmocka_unit_test(mapping_that_leaves_the_window_is_refused),
        cmocka_unit_test(piece_up_to_the_end_of_the_longest_file_is_accepted),
        cmocka_unit_test(piece_beyond_the_longest_file_is_refused),
        cmocka_unit_test(piece_whose_end_wraps_is_refused),
        cmocka_unit_test(protection_always_lets_read),
        cmocka_unit_test(string_tells_place_file_and_access),
        cmocka_unit_test(string_tells_each_access_alone),
        cmocka_unit_test(string_of_a_bad_mapping_is_made_all_the_same),
        cmocka_unit_test(range_of_a_mapping_is_its_place),
        cmocka_unit_test(clipped_head_starts_where_the_mapping_does),
        cmocka_unit_test(clipped_tail_starts_later_in_the_file),
        cmocka_unit_test(next_pages_with_equal_access_continue),
        cmocka_unit_test(gap_in_the_window_does_not_continue),
        cmocka_unit_test(gap_in_the_file_does_not_continue),
        cmocka_unit_test(other_access_does_not_continue),
    };

    return cmocka_run_group_tests(tests, ask_for_page_size, NULL);
}
