/* SPDX-License-Identifier: BSD-3-Clause */
/* lock.h: a mutex that a signal handler may take. */
#pragma once

#include "host.h"

/* All zeros is a free lock. It does not know its owner: who holds it must neither take it again
 * nor be interrupted by a handler that does, which is why the library never touches window memory
 * while it holds one. Only atomic operations and the futex system call are used, both of which a
 * handler may use, whatever it has interrupted. */
typedef struct {
    int state;
} DaxwinLock;

enum {
    DAXWIN_LOCK_FREE,
    DAXWIN_LOCK_HELD,
    DAXWIN_LOCK_AWAITED /* held, and others may be waiting for it */
};

/* What remains to be done to acquire a lock that was not free. */
void daxwin_lock_wait(DaxwinLock *lock);

static inline void
daxwin_lock_acquire(DaxwinLock *lock)
{
    int expected = DAXWIN_LOCK_FREE;

    if (!__atomic_compare_exchange_n(&lock->state, &expected, DAXWIN_LOCK_HELD, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        daxwin_lock_wait(lock);
    }
}

static inline void
daxwin_lock_release(DaxwinLock *lock)
{
    if (__atomic_exchange_n(&lock->state, DAXWIN_LOCK_FREE, __ATOMIC_RELEASE) ==
        DAXWIN_LOCK_AWAITED) {
        daxwin_host_wake(&lock->state);
    }
}
