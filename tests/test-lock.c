/* SPDX-License-Identifier: BSD-3-Clause */
/* test-lock.c: one holder at a time, no waiter forgotten, and signal handlers that take part. */
#include "support/testing.h"

#include "lock.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>

enum {
    THREADS = 4
};

static DaxwinLock lock;
static int n_waits;         /* calls so far, atomic */
static int n_wakes;         /* the same */
static int n_short_waits;   /* how many calls are to return at once */
static int n_entered;       /* threads that have held the lock, atomic */
static int n_handled;       /* signals, atomic */
static unsigned long total; /* under lock */

void __real_daxwin_host_wait(int *word, int value);
void __wrap_daxwin_host_wait(int *word, int value);
void __real_daxwin_host_wake(int *word);
void __wrap_daxwin_host_wake(int *word);

void
__wrap_daxwin_host_wait(int *word, int value)
{
    if (__atomic_add_fetch(&n_waits, 1, __ATOMIC_RELAXED) > n_short_waits) {
        __real_daxwin_host_wait(word, value);
    }
}

void
__wrap_daxwin_host_wake(int *word)
{
    __atomic_add_fetch(&n_wakes, 1, __ATOMIC_RELAXED);
    __real_daxwin_host_wake(word);
}

static int
start_afresh(void **state)
{
    (void)state;
    lock = (DaxwinLock){ 0 };
    n_waits = 0;
    n_wakes = 0;
    n_short_waits = 0;
    n_entered = 0;
    n_handled = 0;
    total = 0;
    return 0;
}

static int
read_counter(const int *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
wait_for(const int *counter, int value)
{
    while (read_counter(counter) < value) {
        g_usleep(1000);
    }
}

/* A thread that holds the lock once. */
static void *
enter(void *user_data)
{
    daxwin_lock_acquire(&lock);
    __atomic_add_fetch(&n_entered, 1, __ATOMIC_RELAXED);
    daxwin_lock_release(&lock);
    return user_data;
}

static void
start_threads(pthread_t *threads, size_t n, void *(*func)(void *), void *user_data)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, func, user_data), 0);
    }
}

static void
join_threads(const pthread_t *threads, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void
lock_that_nobody_else_wants_takes_no_system_call(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        daxwin_lock_acquire(&lock);
        assert_int_not_equal(lock.state, 0);
        daxwin_lock_release(&lock);
        assert_int_equal(lock.state, 0);
    }
    assert_int_equal(n_waits, 0);
    assert_int_equal(n_wakes, 0);
}

static void
waiter_stays_outside_until_the_lock_is_released(void **state)
{
    pthread_t waiter;

    (void)state;
    daxwin_lock_acquire(&lock);
    start_threads(&waiter, 1, enter, NULL);
    wait_for(&n_waits, 1);
    assert_int_equal(read_counter(&n_entered), 0);
    daxwin_lock_release(&lock);
    join_threads(&waiter, 1);
    assert_int_equal(n_entered, 1);
    assert_true(n_wakes >= 1);
}

static void
all_waiters_are_woken_one_after_the_other(void **state)
{
    pthread_t waiters[THREADS];

    (void)state;
    daxwin_lock_acquire(&lock);
    start_threads(waiters, THREADS, enter, NULL);
    wait_for(&n_waits, THREADS);
    daxwin_lock_release(&lock);
    join_threads(waiters, THREADS);
    assert_int_equal(n_entered, THREADS);
    assert_int_equal(lock.state, 0);
}

static void
waiter_woken_for_no_reason_waits_again(void **state)
{
    pthread_t waiter;

    (void)state;
    n_short_waits = 5;
    daxwin_lock_acquire(&lock);
    start_threads(&waiter, 1, enter, NULL);
    wait_for(&n_waits, 6);
    assert_int_equal(read_counter(&n_entered), 0);
    daxwin_lock_release(&lock);
    join_threads(&waiter, 1);
    assert_int_equal(n_entered, 1);
}

/* A thread that holds the lock often, and meanwhile counts as no two threads can at a time. */
static void *
count_up(void *user_data)
{
    const unsigned long *rounds = user_data;

    for (unsigned long i = 0; i < *rounds; i++) {
        daxwin_lock_acquire(&lock);
        total++;
        daxwin_lock_release(&lock);
    }
    return NULL;
}

static void
counter_that_many_threads_share_is_exact(void **state)
{
    unsigned long rounds = TESTING_SANITIZED || testing_is_in_valgrind() ? 20000 : 200000;
    pthread_t threads[THREADS];

    (void)state;
    start_threads(threads, THREADS, count_up, &rounds);
    join_threads(threads, THREADS);
    assert_int_equal(total, THREADS * rounds);
    assert_int_equal(lock.state, 0);
}

static void
handle_signal(int number)
{
    int kept_errno = errno;

    (void)number;
    daxwin_lock_acquire(&lock);
    total++;
    daxwin_lock_release(&lock);
    __atomic_add_fetch(&n_handled, 1, __ATOMIC_RELAXED);
    errno = kept_errno;
}

static void
install_handler(void)
{
    struct sigaction action = { .sa_handler = handle_signal };

    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* A thread that is busy with something else until the signal comes. */
static void *
await_signal(void *user_data)
{
    wait_for(&n_handled, 1);
    return user_data;
}

static void
handler_takes_a_free_lock(void **state)
{
    (void)state;
    install_handler();
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(n_handled, 1);
    assert_int_equal(lock.state, 0);
}

static void
handler_waits_for_a_lock_that_another_thread_holds(void **state)
{
    pthread_t interrupted;

    (void)state;
    install_handler();
    daxwin_lock_acquire(&lock);
    start_threads(&interrupted, 1, await_signal, NULL);
    assert_int_equal(pthread_kill(interrupted, SIGUSR1), 0);
    wait_for(&n_waits, 1);
    assert_int_equal(read_counter(&n_handled), 0);
    daxwin_lock_release(&lock);
    join_threads(&interrupted, 1);
    assert_int_equal(n_handled, 1);
}

/* A thread that holds the lock once, and goes on until the signal has come. */
static void *
enter_and_await_signal(void *user_data)
{
    (void)enter(NULL);
    return await_signal(user_data);
}

static void
handler_that_interrupts_a_waiter_waits_as_well(void **state)
{
    pthread_t interrupted;

    (void)state;
    install_handler();
    daxwin_lock_acquire(&lock);
    start_threads(&interrupted, 1, enter_and_await_signal, NULL);
    wait_for(&n_waits, 1);
    assert_int_equal(pthread_kill(interrupted, SIGUSR1), 0);
    wait_for(&n_waits, 2);
    assert_int_equal(read_counter(&n_entered), 0);
    daxwin_lock_release(&lock);
    join_threads(&interrupted, 1);
    assert_int_equal(n_entered, 1);
    assert_int_equal(n_handled, 1);
}

static void
counter_that_handlers_share_with_threads_is_exact(void **state)
{
    unsigned long rounds = 20000;
    const int n_signals = 200;
    pthread_t threads[THREADS];
    pthread_t interrupted;

    (void)state;
    install_handler();
    n_handled = -n_signals; /* the interrupted thread ends at 1 */
    start_threads(threads, THREADS, count_up, &rounds);
    start_threads(&interrupted, 1, await_signal, NULL);
    for (int i = 0; i <= n_signals; i++) {
        assert_int_equal(pthread_kill(interrupted, SIGUSR1), 0);
        wait_for(&n_handled, i + 1 - n_signals); /* signals of a kind do not queue up */
    }
    join_threads(&interrupted, 1);
    join_threads(threads, THREADS);
    assert_int_equal(total, THREADS * rounds + (unsigned long)n_signals + 1);
}

#define TEST(name) cmocka_unit_test_setup(name, start_afresh)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lock_that_nobody_else_wants_takes_no_system_call),
        TEST(waiter_stays_outside_until_the_lock_is_released),
        TEST(all_waiters_are_woken_one_after_the_other),
        TEST(waiter_woken_for_no_reason_waits_again),
        TEST(counter_that_many_threads_share_is_exact),
        TEST(handler_takes_a_free_lock),
        TEST(handler_waits_for_a_lock_that_another_thread_holds),
        TEST(handler_that_interrupts_a_waiter_waits_as_well),
        TEST(counter_that_handlers_share_with_threads_is_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
