/* SPDX-License-Identifier: BSD-3-Clause */
/* test-error.c: one number and one errno for each error, and the kernel's own carried along. */
#include "support/testing.h"

#include "error-private.h"

#include <errno.h>

typedef struct {
    DaxwinError code;
    int number;
    int errno_of_code;
} CodeRow;

static const CodeRow code_rows[] = {
    { DAXWIN_ERROR_SIZE, 1, EINVAL },       { DAXWIN_ERROR_ALIGNMENT, 2, EINVAL },
    { DAXWIN_ERROR_RANGE, 3, EINVAL },      { DAXWIN_ERROR_ACCESS, 4, EINVAL },
    { DAXWIN_ERROR_OVERLAP, 5, EEXIST },    { DAXWIN_ERROR_NOT_MAPPED, 6, ENOENT },
    { DAXWIN_ERROR_FILE, 7, EACCES },       { DAXWIN_ERROR_LIMIT, 8, ENOSPC },
    { DAXWIN_ERROR_MESSAGE, 9, EBADMSG },   { DAXWIN_ERROR_FOREIGN, 10, ENOTRECOVERABLE },
    { DAXWIN_ERROR_NO_WINDOW, 11, ENODEV }, { DAXWIN_ERROR_FAULT, 12, EFAULT },
    { DAXWIN_ERROR_ARCH, 13, EINVAL },      { DAXWIN_ERROR_SYSTEM, 14, EIO },
};

static void
each_code_keeps_its_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(code_rows); i++) {
        assert_int_equal(code_rows[i].code, code_rows[i].number);
    }
}

static void
each_code_has_its_errno(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(code_rows); i++) {
        g_autoptr(GError) error = g_error_new_literal(DAXWIN_ERROR, code_rows[i].code, "any");

        assert_int_equal(daxwin_error_to_errno(error), code_rows[i].errno_of_code);
    }
}

static void
domain_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(g_quark_to_string(DAXWIN_ERROR), "DaxwinError");
}

static void
system_error_carries_the_errno(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_error_set_system(&error, ENOMEM, "cannot do without");
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
}

static void
system_error_text_ends_with_the_reason(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf("cannot open door 7: %s", g_strerror(EACCES));

    (void)state;
    daxwin_error_set_system(&error, EACCES, "cannot open %s %d", "door", 7);
    assert_string_equal(error->message, text);
}

static void
system_error_without_a_place_is_dropped(void **state)
{
    (void)state;
    daxwin_error_set_system(NULL, ENOMEM, "nobody %s", "asks");
}

static void
copied_error_keeps_the_errno(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) copy = NULL;

    (void)state;
    daxwin_error_set_system(&error, ENODEV, "cannot map");
    copy = g_error_copy(error);
    assert_int_equal(daxwin_error_to_errno(copy), ENODEV);
}

static void
prefixed_error_keeps_the_errno(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_error_set_system(&error, ENODEV, "cannot map");
    g_prefix_error(&error, "entry 3: ");
    assert_int_equal(daxwin_error_to_errno(error), ENODEV);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_keeps_its_number),
        cmocka_unit_test(each_code_has_its_errno),
        cmocka_unit_test(domain_has_a_name_of_its_own),
        cmocka_unit_test(system_error_carries_the_errno),
        cmocka_unit_test(system_error_text_ends_with_the_reason),
        cmocka_unit_test(system_error_without_a_place_is_dropped),
        cmocka_unit_test(copied_error_keeps_the_errno),
        cmocka_unit_test(prefixed_error_keeps_the_errno),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
