/* SPDX-License-Identifier: BSD-3-Clause */
/* lock.c: a mutex that a signal handler may take. */
#include "lock.h"

#include "host.h"

#include <stdbool.h>

enum {
    FREE,
    HELD,
    HELD_AND_AWAITED
};

void
daxwin_lock_acquire(DaxwinLock *lock)
{
    int expected = FREE;

    if (__atomic_compare_exchange_n(&lock->state, &expected, HELD, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
        return;
    }
    /* Whoever had to wait cannot know whether others do too, and so leaves the mark for them. */
    while (__atomic_exchange_n(&lock->state, HELD_AND_AWAITED, __ATOMIC_ACQUIRE) != FREE) {
        daxwin_host_wait(&lock->state, HELD_AND_AWAITED);
    }
}

void
daxwin_lock_release(DaxwinLock *lock)
{
    if (__atomic_exchange_n(&lock->state, FREE, __ATOMIC_RELEASE) == HELD_AND_AWAITED) {
        daxwin_host_wake(&lock->state);
    }
}
