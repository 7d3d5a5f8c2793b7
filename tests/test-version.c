/* SPDX-License-Identifier: BSD-3-Clause */
/* test-version.c: which version the library says it is. */
#include "support/testing.h"

#include <daxwin/version.h>

#include <glib.h>

enum {
    MAJOR = DAXWIN_MAJOR_VERSION,
    MINOR = DAXWIN_MINOR_VERSION,
    MICRO = DAXWIN_MICRO_VERSION,
};

static void
version_string_joins_the_numbers(void **state)
{
    g_autofree char *joined = g_strdup_printf("%d.%d.%d", MAJOR, MINOR, MICRO);

    (void)state;
    assert_string_equal(daxwin_version_string(), joined);
    assert_string_equal(DAXWIN_VERSION_STRING, joined);
}

static void
same_version_is_enough(void **state)
{
    (void)state;
    assert_true(daxwin_version_check(MAJOR, MINOR, MICRO));
}

static void
older_version_is_enough(void **state)
{
    (void)state;
    assert_true(daxwin_version_check(MAJOR - 1, MINOR + 1, MICRO + 1));
    assert_true(daxwin_version_check(MAJOR, MINOR - 1, MICRO + 1));
    assert_true(daxwin_version_check(MAJOR, MINOR, MICRO - 1));
}

static void
newer_version_is_too_much(void **state)
{
    (void)state;
    assert_false(daxwin_version_check(MAJOR + 1, MINOR - 1, MICRO - 1));
    assert_false(daxwin_version_check(MAJOR, MINOR + 1, MICRO - 1));
    assert_false(daxwin_version_check(MAJOR, MINOR, MICRO + 1));
}

static void
headers_judge_as_the_library_does(void **state)
{
    (void)state;
    assert_true(DAXWIN_CHECK_VERSION(MAJOR, MINOR, MICRO));
    assert_false(DAXWIN_CHECK_VERSION(MAJOR, MINOR, MICRO + 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_string_joins_the_numbers),
        cmocka_unit_test(same_version_is_enough),
        cmocka_unit_test(older_version_is_enough),
        cmocka_unit_test(newer_version_is_too_much),
        cmocka_unit_test(headers_judge_as_the_library_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
