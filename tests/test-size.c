/* SPDX-License-Identifier: BSD-3-Clause */
/* test-size.c: sizes a window may have, and sizes as people write them. */
#include "support/testing.h"

#include "host.h"

#include <daxwin/error.h>
#include <daxwin/size.h>

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const uint64_t KIB = 1024;
static const uint64_t MIB = 1024 * 1024;
static const uint64_t UNTOUCHED = 0x1234;

static int
stop_pretending(void **state)
{
    (void)state;
    daxwin_host_kept_page_size = 0;
    return 0;
}

static void
page_size_is_that_of_the_host(void **state)
{
    (void)state;
    assert_int_equal(daxwin_host_page_size(), sysconf(_SC_PAGESIZE));
}

static void
one_page_is_a_good_size(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_size_check(daxwin_host_page_size(), &error));
    assert_null(error);
}

static void
half_a_page_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_size_check(daxwin_host_page_size() / 2, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE));
}

static void
small_size_is_judged_by_the_page_of_the_host(void **state)
{
    (void)state;
    daxwin_host_kept_page_size = 16 * KIB;
    assert_true(daxwin_size_check(16 * KIB, NULL));
    assert_false(daxwin_size_check(8 * KIB, NULL));
    daxwin_host_kept_page_size = 64 * KIB;
    assert_true(daxwin_size_check(64 * KIB, NULL));
    assert_false(daxwin_size_check(32 * KIB, NULL));
}

static void
size_zero_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_size_check(0, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE));
}

static void
odd_size_is_refused_with_value_and_limit(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_host_kept_page_size = 4096;
    assert_false(daxwin_size_check(12288, &error));
    assert_string_equal(error->message, "cache size 12288 is not a power of two of at least 4096");
}

static void
size_beyond_the_address_space_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    if (SIZE_MAX > UINT32_MAX) {
        SKIP_BECAUSE("no number is too big for a 64-bit host");
    }
    assert_false(daxwin_size_check(4096 * MIB, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE));
}

static void
biggest_power_of_two_of_the_host_is_a_good_size(void **state)
{
    (void)state;
    assert_true(daxwin_size_check(SIZE_MAX / 2 + 1, NULL));
}

typedef struct {
    const char *text;
    uint64_t size;
} SizeRow;

static const SizeRow good_rows[] = {
    { "0", 0 },
    { "1", 1 },
    { "65536", 65536 },
    { "007", 7 },
    { "0x200000", 0x200000 },
    { "0XfF", 0xff },
    { "0x1G", UINT64_C(1) << 30 },
    { "0x1E", 0x1e }, /* a digit, not a unit */
    { "3K", UINT64_C(3) << 10 },
    { "3k", UINT64_C(3) << 10 },
    { "2M", UINT64_C(2) << 20 },
    { "2m", UINT64_C(2) << 20 },
    { "16G", UINT64_C(16) << 30 },
    { "16g", UINT64_C(16) << 30 },
    { "5T", UINT64_C(5) << 40 },
    { "5t", UINT64_C(5) << 40 },
    { "7P", UINT64_C(7) << 50 },
    { "7p", UINT64_C(7) << 50 },
    { "15E", UINT64_C(15) << 60 },
    { "15e", UINT64_C(15) << 60 },
    { "0E", 0 },
    { "18446744073709551615", UINT64_MAX },
    { "0xffffffffffffffff", UINT64_MAX },
    { "18014398509481983K", UINT64_MAX - 1023 },
};

static void
good_text_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good_rows); i++) {
        uint64_t size = UNTOUCHED;
        g_autoptr(GError) error = NULL;

        if (!daxwin_size_parse(good_rows[i].text, &size, &error)) {
            fail_msg("%s", error->message);
        }
        assert_int_equal(size, good_rows[i].size);
    }
}

static const char *const bad_texts[] = {
    "",
    "K",
    "0x",
    "0xG",
    "x10",
    "abc",
    "-1",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1 K",
    "1KB",
    "1KiB",
    "1KK",
    "1B",
    "1.5G",
    "1,000",
    "0x1x",
    "1_000",
    "12a",
    "16E",
    "16384P",
    "1e3",
    "0b1",
    "1Z",
    "1\xc2\xb2",
    "18446744073709551616", /* the sum wraps */
    "99999999999999999999", /* the product wraps */
    "0x10000000000000000",  /* the same in the other base */
    "18014398509481984K",   /* the unit makes it too big */
    "340282366920938463463374607431768211456",
};

static void
bad_text_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
        uint64_t size = UNTOUCHED;
        g_autoptr(GError) error = NULL;

        if (daxwin_size_parse(bad_texts[i], &size, &error)) {
            fail_msg("'%s' was taken for %" PRIu64, bad_texts[i], size);
        }
        assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE));
        assert_int_equal(size, UNTOUCHED);
    }
}

static void
refused_text_is_repeated_in_the_error(void **state)
{
    uint64_t size;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_size_parse("12 elephants", &size, &error));
    assert_non_null(strstr(error->message, "'12 elephants'"));
}

static void
caution_is_for_less_than_2_mib(void **state)
{
    (void)state;
    assert_non_null(daxwin_size_caution(MIB));
    assert_null(daxwin_size_caution(2 * MIB));
    assert_null(daxwin_size_caution(4 * MIB));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_size_is_that_of_the_host),
        cmocka_unit_test(one_page_is_a_good_size),
        cmocka_unit_test(half_a_page_is_refused),
        cmocka_unit_test_teardown(small_size_is_judged_by_the_page_of_the_host, stop_pretending),
        cmocka_unit_test(size_zero_is_refused),
        cmocka_unit_test_teardown(odd_size_is_refused_with_value_and_limit, stop_pretending),
        cmocka_unit_test(size_beyond_the_address_space_is_refused),
        cmocka_unit_test(biggest_power_of_two_of_the_host_is_a_good_size),
        cmocka_unit_test(good_text_is_read),
        cmocka_unit_test(bad_text_is_refused),
        cmocka_unit_test(refused_text_is_repeated_in_the_error),
        cmocka_unit_test(caution_is_for_less_than_2_mib),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
