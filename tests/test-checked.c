/* SPDX-License-Identifier: BSD-3-Clause */
/* test-checked.c: arithmetic that refuses what does not fit 64 bits. */
#include "support/testing.h"

#include "checked.h"

static const uint64_t UNTOUCHED = 0x1234;

static void
sum_that_fits_is_given(void **state)
{
    uint64_t sum = UNTOUCHED;

    (void)state;
    assert_true(daxwin_checked_add(UINT64_MAX - 1, 1, &sum));
    assert_int_equal(sum, UINT64_MAX);
}

static void
sum_that_wraps_is_refused(void **state)
{
    uint64_t sum = UNTOUCHED;

    (void)state;
    assert_false(daxwin_checked_add(UINT64_MAX, 1, &sum));
    assert_false(daxwin_checked_add(UINT64_MAX, UINT64_MAX, &sum));
    assert_int_equal(sum, UNTOUCHED);
}

static void
sum_may_overwrite_a_summand(void **state)
{
    uint64_t number = 40;

    (void)state;
    assert_true(daxwin_checked_add(number, 2, &number));
    assert_int_equal(number, 42);
}

static void
product_that_fits_is_given(void **state)
{
    uint64_t product = UNTOUCHED;

    (void)state;
    assert_true(daxwin_checked_multiply(UINT64_MAX / 3, 3, &product));
    assert_int_equal(product, UINT64_MAX);
}

static void
product_with_zero_is_zero(void **state)
{
    uint64_t product = UNTOUCHED;

    (void)state;
    assert_true(daxwin_checked_multiply(0, UINT64_MAX, &product));
    assert_int_equal(product, 0);
}

static void
product_that_wraps_is_refused(void **state)
{
    uint64_t product = UNTOUCHED;

    (void)state;
    assert_false(daxwin_checked_multiply(UINT64_C(1) << 32, UINT64_C(1) << 32, &product));
    assert_false(daxwin_checked_multiply(UINT64_MAX, UINT64_MAX, &product));
    assert_int_equal(product, UNTOUCHED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_that_fits_is_given),
        cmocka_unit_test(sum_that_wraps_is_refused),
        cmocka_unit_test(sum_may_overwrite_a_summand),
        cmocka_unit_test(product_that_fits_is_given),
        cmocka_unit_test(product_with_zero_is_zero),
        cmocka_unit_test(product_that_wraps_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
