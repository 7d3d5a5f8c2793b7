/* SPDX-License-Identifier: BSD-3-Clause */
/* test-payload.c: lengths of payloads, and room for them. */
#include "support/testing.h"

#include "payload.h"

#include <daxwin/error.h>

#include <string.h>

static void
expected_length_is_accepted(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_payload_check_length(40, 40, &error));
    assert_true(daxwin_payload_check_length(0, 0, &error));
    assert_null(error);
}

static void
other_lengths_are_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_payload_check_length(39, 40, NULL));
    assert_false(daxwin_payload_check_length(SIZE_MAX, 40, NULL));
    assert_false(daxwin_payload_check_length(41, 40, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    assert_non_null(strstr(error->message, "41 bytes instead of 40"));
}

static void
enough_room_is_accepted(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_payload_check_room(40, 40, &error));
    assert_true(daxwin_payload_check_room(40, SIZE_MAX, &error));
    assert_null(error);
}

static void
too_little_room_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_payload_check_room(40, 0, NULL));
    assert_false(daxwin_payload_check_room(40, 39, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    assert_non_null(strstr(error->message, "takes 40 bytes, but there is room for 39"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_length_is_accepted),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(enough_room_is_accepted),
        cmocka_unit_test(too_little_room_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
