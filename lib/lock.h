/* SPDX-License-Identifier: BSD-3-Clause */
/* lock.h: a mutex that a signal handler may take. */
#pragma once

/* All zeros is a free lock. It does not know its owner: who holds it must neither take it again
 * nor be interrupted by a handler that does, which is why the library never touches window memory
 * while it holds one. Only atomic operations and the futex system call are used, both of which a
 * handler may use, whatever it has interrupted. */
typedef struct {
    int state;
} DaxwinLock;

void daxwin_lock_acquire(DaxwinLock *lock);

void daxwin_lock_release(DaxwinLock *lock);
