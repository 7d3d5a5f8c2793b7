/* SPDX-License-Identifier: BSD-3-Clause */
/* test-describe.c: a window as it is, for people to look at and for programs to read. */
#include "support/testing.h"
#include "support/windows.h"

#include <daxwin/describe.h>
#include <string.h>

static void
text_is_a_picture(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = NULL;

    assert_true(map_pages(f, f->file, 0, 32, R));
    text = daxwin_window_describe(f->window, DAXWIN_DESCRIBE_TEXT);
    assert_true(g_str_has_prefix(text, "window of ") && g_str_has_suffix(text, "\n"));
    assert_non_null(
        strstr(text, "|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa................................|"));
    assert_non_null(strstr(text, "since birth: 1 maps, "));
}

static void
json_is_one_object_in_one_line(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = NULL;

    assert_true(map_pages(f, f->file, 0, 32, R));
    text = daxwin_window_describe(f->window, DAXWIN_DESCRIBE_JSON);
    assert_true(g_str_has_prefix(text, "{\"size\": ") && g_str_has_suffix(text, "}]}"));
    assert_non_null(strstr(text, "\"mappings\": 1, "));
    assert_null(strchr(text, '\n'));
}

static void
mistakes_are_criticals_and_no_crash(void **state)
{
    Fixture *f = *state;

    watch_criticals();
    assert_null(daxwin_window_describe(NULL, DAXWIN_DESCRIBE_TEXT));
    assert_null(daxwin_window_describe(f->window, (DaxwinDescribeFormat)9));
    assert_int_equal(count_criticals(), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_default, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_is_a_picture),
        TEST(json_is_one_object_in_one_line),
        TEST(mistakes_are_criticals_and_no_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
