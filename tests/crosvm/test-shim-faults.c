/* SPDX-License-Identifier: BSD-3-Clause */
/* test-shim-faults.c: the C part of examples/crosvm: lost pages, figures and reasons. */
#include "shims.h"
#include "support/sigbus.h"

#include <daxwin/window.h>
#include <pthread.h>
#include <signal.h>

/* Faults */

static DaxShim *contained; /* atomic; signal handlers get no user data */

static void
contain_by_shim(int signal_number, siginfo_t *info, void *context)
{
    DaxShim *shim = __atomic_load_n(&contained, __ATOMIC_RELAXED);

    (void)signal_number;
    (void)context;
    if (dax_shim_contain(shim, (uintptr_t)info->si_addr) != 0) {
        abort();
    }
}

static void
a_lost_page_reads_as_zeros(void **state)
{
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind makes an access again with other registers");
    }
    Fixture *f = *state;
    struct sigaction action = { .sa_sigaction = contain_by_shim, .sa_flags = SA_SIGINFO };
    DaxShimUsage usage;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    __atomic_store_n(&contained, f->shim, __ATOMIC_RELAXED);
    (void)sigaction(SIGBUS, &action, NULL);
    assert_int_equal(ftruncate(f->file, (off_t)pages(3)), 0);
    assert_int_equal(load(at(f, 2)), mark_of(1, 2));
    assert_int_equal(load(at(f, 3)), 0);
    dax_shim_usage(f->shim, &usage);
    assert_int_equal(usage.contained_pages, 1);
}

static void
other_faults_are_left_to_others(void **state)
{
    Fixture *f = *state;

    assert_int_equal(dax_shim_contain(f->shim, (uintptr_t)at(f, 0)), -EFAULT);
    assert_int_equal(dax_shim_contain(f->shim, (uintptr_t)at(f, WINDOW_PAGES)), -EFAULT);
    assert_int_equal(dax_shim_contain(f->shim, 0), -EFAULT);
    assert_int_equal(dax_shim_contain(NULL, (uintptr_t)at(f, 0)), -EFAULT);
}

static void
lost_pages_are_found_without_an_address(void **state)
{
    SKIP_IN_USER_EMULATOR();
    Fixture *f = *state;
    uint64_t n_pages = UINT64_MAX;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    assert_int_equal(dax_shim_contain_truncated(f->shim, &n_pages), 0);
    assert_int_equal(n_pages, 0);
    assert_int_equal(ftruncate(f->file, (off_t)pages(1)), 0);
    assert_int_equal(dax_shim_contain_truncated(f->shim, &n_pages), 0);
    assert_int_equal(n_pages, 3);
    assert_int_equal(load(at(f, 3)), 0);
}

/* Figures and reasons */

static void
make_some_use(Fixture *f)
{
    uint64_t n_pages;

    assert_int_equal(add(f, 0, 4, f->other, 0), 0);
    assert_int_equal(add(f, 4, 4, f->file, 4), 0);
    assert_int_equal(add(f, 1, 1, f->other, 7), 0);
    assert_int_equal(dax_shim_remove(f->shim, pages(2), pages(2)), 0);
    assert_int_equal(dax_shim_remove(f->shim, 1, 1), -EINVAL);
    assert_int_equal(ftruncate(f->file, (off_t)pages(5)), 0);
    assert_int_equal(dax_shim_contain_truncated(f->shim, &n_pages), 0);
    assert_int_equal(add(f, 7, 1, f->other, 0), 0);
}

static void
usage_is_that_of_the_window(void **state)
{
    SKIP_IN_USER_EMULATOR();
    Fixture *f = *state;
    DaxShimUsage usage;
    DaxwinUsage wanted;

    make_some_use(f);
    dax_shim_usage(f->shim, &usage);
    daxwin_window_get_usage(f->shim, &wanted);
    assert_int_equal(usage.mappings, wanted.mappings);
    assert_int_equal(usage.bytes_mapped, wanted.bytes_mapped);
    assert_int_equal(usage.areas, wanted.areas);
    assert_int_equal(usage.area_budget, wanted.area_budget);
    assert_int_equal(usage.maps, 4);
    assert_int_equal(usage.unmaps, 1);
    assert_int_equal(usage.replaced, wanted.replaced);
    assert_int_equal(usage.refused, 1);
    assert_int_equal(usage.contained_pages, 2);
    assert_int_equal(usage.containments, 3);
    assert_int_equal(usage.lost, wanted.lost);
}

static void *
fail_once(void *user_data)
{
    Fixture *f = user_data;

    return GINT_TO_POINTER(dax_shim_remove(f->shim, 1, 1) == -EINVAL &&
                           reason_has("is not a multiple of"));
}

static void
reasons_are_those_of_the_thread(void **state)
{
    Fixture *f = *state;
    void *is_good = NULL;
    pthread_t thread;

    assert_int_equal(add(f, WINDOW_PAGES, 1, f->file, 0), -EINVAL);
    assert_true(reason_has("leaves the window"));
    assert_int_equal(pthread_create(&thread, NULL, fail_once, f), 0);
    assert_int_equal(pthread_join(thread, &is_good), 0);
    assert_non_null(is_good);
    assert_true(reason_has("leaves the window"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DEFAULT(a_lost_page_reads_as_zeros),
        IN_DEFAULT(other_faults_are_left_to_others),
        IN_DEFAULT(lost_pages_are_found_without_an_address),
        IN_DEFAULT(usage_is_that_of_the_window),
        IN_DEFAULT(reasons_are_those_of_the_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
