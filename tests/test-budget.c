/* SPDX-License-Identifier: BSD-3-Clause */
/* test-budget.c: how many kernel areas a window may take, and how seldom they are counted. */
#include "support/testing.h"

#include "budget.h"
#include "host.h"

#include <daxwin/error.h>

#include <errno.h>

enum {
    MAX_MAP_COUNT = 6400,
    LIMIT = 6300,         /* of which a 64th is kept free */
    DEFAULT_LIMIT = 64507 /* the same of 65530 */
};

static bool is_real;            /* whether the kernel is asked */
static size_t max_map_count;    /* what it is said to allow */
static size_t n_areas;          /* what the process is said to have */
static int refuse_max_with;     /* errno, 0 to let it through */
static int refuse_listing_with; /* the same */
static size_t n_listings;       /* calls so far */

int __real_daxwin_host_read_max_map_count(size_t *count);
int __wrap_daxwin_host_read_max_map_count(size_t *count);
int __real_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);
int __wrap_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);

int
__wrap_daxwin_host_read_max_map_count(size_t *count)
{
    if (is_real) {
        return __real_daxwin_host_read_max_map_count(count);
    }
    if (refuse_max_with != 0) {
        return refuse_max_with;
    }
    *count = max_map_count;
    return 0;
}

int
__wrap_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data)
{
    if (is_real) {
        return __real_daxwin_host_list_areas(func, user_data);
    }
    n_listings++;
    if (refuse_listing_with != 0) {
        return refuse_listing_with;
    }
    for (size_t i = 0; i < n_areas; i++) {
        assert_true(func("1000-2000 r--p 00000000 00:00 0", user_data));
    }
    return 0;
}

static int
pretend_small_process(void **state)
{
    (void)state;
    is_real = false;
    max_map_count = MAX_MAP_COUNT;
    n_areas = 101;
    refuse_max_with = 0;
    refuse_listing_with = 0;
    n_listings = 0;
    return 0;
}

/* A new budget, which has just counted 100 areas besides the window's first. */
static DaxwinBudget
new_budget(void)
{
    DaxwinBudget budget;

    daxwin_budget_init(&budget);
    n_listings = 0;
    return budget;
}

static void
some_of_what_the_kernel_allows_is_kept_free(void **state)
{
    DaxwinBudget budget;

    (void)state;
    daxwin_budget_init(&budget);
    assert_int_equal(budget.limit, LIMIT);
    assert_int_equal(n_listings, 1);
}

static void
kernel_that_tells_no_limit_has_the_usual_one(void **state)
{
    DaxwinBudget budget;

    (void)state;
    refuse_max_with = EACCES;
    daxwin_budget_init(&budget);
    assert_int_equal(budget.limit, DEFAULT_LIMIT);
}

static void
budget_of_this_process_is_that_of_the_kernel(void **state)
{
    DaxwinBudget budget;
    size_t count = 0;

    (void)state;
    is_real = true;
    if (__real_daxwin_host_read_max_map_count(&count) != 0) {
        SKIP_BECAUSE("this sandbox hides /proc");
    }
    daxwin_budget_init(&budget);
    assert_int_equal(budget.limit, count - count / 64);
    assert_true(budget.others > 3);
    assert_int_equal(daxwin_budget_get_share(&budget), budget.limit - budget.others);
}

static void
share_is_what_others_leave(void **state)
{
    DaxwinBudget budget = new_budget();

    (void)state;
    assert_int_equal(daxwin_budget_get_share(&budget), LIMIT - 100);
}

static void
share_is_nothing_where_others_take_all(void **state)
{
    DaxwinBudget budget;

    (void)state;
    n_areas = MAX_MAP_COUNT + 1;
    daxwin_budget_init(&budget);
    assert_int_equal(daxwin_budget_get_share(&budget), 0);
    assert_false(daxwin_budget_check(&budget, 0, 1, NULL));
}

static void
window_that_shares_areas_with_others_is_not_counted_as_less_than_nothing(void **state)
{
    DaxwinBudget budget = new_budget();

    (void)state;
    n_areas = 50;
    assert_true(daxwin_budget_check_again(&budget, 60, 1, NULL));
    assert_int_equal(daxwin_budget_get_share(&budget), LIMIT);
}

static void
areas_that_cannot_be_listed_are_not_counted(void **state)
{
    DaxwinBudget budget;

    (void)state;
    refuse_listing_with = EACCES;
    daxwin_budget_init(&budget);
    assert_int_equal(daxwin_budget_get_share(&budget), LIMIT);
}

static void
areas_that_cannot_be_listed_any_more_are_those_of_the_last_time(void **state)
{
    DaxwinBudget budget = new_budget();

    (void)state;
    refuse_listing_with = EMFILE;
    assert_true(daxwin_budget_check_again(&budget, 1, 1, NULL));
    assert_int_equal(daxwin_budget_get_share(&budget), LIMIT - 100);
}

static void
map_that_just_fits_is_accepted(void **state)
{
    DaxwinBudget budget = new_budget();
    g_autoptr(GError) error = NULL;

    (void)state;
    n_areas = 100 + LIMIT - 102;
    assert_true(daxwin_budget_check(&budget, LIMIT - 102, 2, &error));
    assert_null(error);
}

static void
map_that_just_does_not_fit_is_refused_with_the_numbers(void **state)
{
    DaxwinBudget budget = new_budget();
    g_autoptr(GError) error = NULL;

    (void)state;
    n_areas = 100 + LIMIT - 101;
    assert_false(daxwin_budget_check(&budget, LIMIT - 101, 2, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    assert_int_equal(daxwin_error_to_errno(error), ENOSPC);
    assert_string_equal(error->message,
                        "the window takes 6199 kernel areas and needs up to 2 more, but may take "
                        "6200 of the 6300 that the process should not exceed");
}

static void
small_window_does_not_count(void **state)
{
    DaxwinBudget budget = new_budget();

    (void)state;
    for (size_t own = 1; own + 2 < 256; own++) {
        assert_true(daxwin_budget_check(&budget, own, 2, NULL));
    }
    assert_int_equal(n_listings, 0);
}

static void
growing_window_counts_whenever_it_has_doubled(void **state)
{
    DaxwinBudget budget = new_budget();

    (void)state;
    for (size_t own = 1; own <= 4096; own++) {
        n_areas = 100 + own;
        assert_true(daxwin_budget_check(&budget, own, 2, NULL));
    }
    assert_in_range(n_listings, 4, 6);
    assert_int_equal(daxwin_budget_get_share(&budget), LIMIT - 100);
}

static void
what_others_have_taken_meanwhile_is_found_when_counting(void **state)
{
    DaxwinBudget budget = new_budget();

    (void)state;
    n_areas = 6000;
    assert_true(daxwin_budget_check(&budget, 100, 2, NULL));
    assert_false(daxwin_budget_check(&budget, 400, 1000, NULL));
    assert_int_equal(n_listings, 1);
    assert_int_equal(daxwin_budget_get_share(&budget), LIMIT - 5600);
}

static void
what_others_have_given_back_is_found_before_a_refusal(void **state)
{
    DaxwinBudget budget;

    (void)state;
    n_areas = LIMIT;
    daxwin_budget_init(&budget);
    n_areas = 200;
    assert_true(daxwin_budget_check(&budget, 100, 2, NULL));
    assert_int_equal(n_listings, 2);
}

static void
refusals_that_go_on_seldom_count(void **state)
{
    DaxwinBudget budget;

    (void)state;
    n_areas = LIMIT;
    daxwin_budget_init(&budget);
    n_listings = 0;
    for (int i = 0; i < 16; i++) {
        assert_false(daxwin_budget_check(&budget, 100, 100, NULL));
    }
    assert_int_equal(n_listings, 1);
    assert_false(daxwin_budget_check(&budget, 100, 100, NULL));
    assert_int_equal(n_listings, 2);
}

static void
refusal_by_the_kernel_counts_always(void **state)
{
    DaxwinBudget budget = new_budget();
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_budget_check_again(&budget, 10, 2, NULL));
    assert_true(daxwin_budget_check_again(&budget, 10, 2, NULL));
    assert_int_equal(n_listings, 2);
    n_areas = MAX_MAP_COUNT;
    assert_false(daxwin_budget_check_again(&budget, 10, 2, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    assert_int_equal(n_listings, 3);
}

#define TEST(name) cmocka_unit_test_setup(name, pretend_small_process)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(some_of_what_the_kernel_allows_is_kept_free),
        TEST(kernel_that_tells_no_limit_has_the_usual_one),
        TEST(budget_of_this_process_is_that_of_the_kernel),
        TEST(share_is_what_others_leave),
        TEST(share_is_nothing_where_others_take_all),
        TEST(window_that_shares_areas_with_others_is_not_counted_as_less_than_nothing),
        TEST(areas_that_cannot_be_listed_are_not_counted),
        TEST(areas_that_cannot_be_listed_any_more_are_those_of_the_last_time),
        TEST(map_that_just_fits_is_accepted),
        TEST(map_that_just_does_not_fit_is_refused_with_the_numbers),
        TEST(small_window_does_not_count),
        TEST(growing_window_counts_whenever_it_has_doubled),
        TEST(what_others_have_taken_meanwhile_is_found_when_counting),
        TEST(what_others_have_given_back_is_found_before_a_refusal),
        TEST(refusals_that_go_on_seldom_count),
        TEST(refusal_by_the_kernel_counts_always),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
