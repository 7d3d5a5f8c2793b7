/* SPDX-License-Identifier: BSD-3-Clause */
/* lock.c: a mutex that a signal handler may take. */
#include "lock.h"

void
daxwin_lock_wait(DaxwinLock *lock)
{
    /* Whoever had to wait cannot know whether others do too, and so leaves the mark for them. */
    while (__atomic_exchange_n(&lock->state, DAXWIN_LOCK_AWAITED, __ATOMIC_ACQUIRE) !=
           DAXWIN_LOCK_FREE) {
        daxwin_host_wait(&lock->state, DAXWIN_LOCK_AWAITED);
    }
}
