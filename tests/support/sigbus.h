/* SPDX-License-Identifier: BSD-3-Clause */
/* sigbus.h: a handler as an embedder has it, and loads and stores as a vCPU makes them. */
#pragma once

#include <daxwin/window.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static DaxwinWindow *sigbus_window; /* atomic; where it contains */
static uint64_t sigbus_count;       /* atomic; faults that were contained */

/* Idle memory is no SIGBUS, so one there is from what another thread has just unmapped: trying
 * again shows what is there now. It may have been mapped and unmapped again before we look. */
static inline bool
was_unmapped_meanwhile(DaxwinWindow *window, const void *address)
{
    enum {
        ATTEMPTS = 1000
    };

    uint64_t offset = (uint64_t)((const char *)address - (char *)daxwin_window_get_base(window));
    DaxwinMapping mapping;

    for (int i = 0; i < ATTEMPTS && offset < daxwin_window_get_size(window); i++) {
        if (!daxwin_window_lookup(window, offset, &mapping) ||
            daxwin_window_contain(window, address)) {
            return true;
        }
    }
    return false;
}

static inline void
contain_fault(int signal_number, siginfo_t *info, void *context)
{
    DaxwinWindow *window = __atomic_load_n(&sigbus_window, __ATOMIC_RELAXED);

    (void)signal_number;
    (void)context;
    if (daxwin_window_contain(window, info->si_addr)) {
        __atomic_add_fetch(&sigbus_count, 1, __ATOMIC_RELAXED);
    } else if (!was_unmapped_meanwhile(window, info->si_addr)) {
        abort();
    }
}

/* Contains faults in @window from now on, until the end of the test, when cmocka puts its own
 * handler back. */
static inline void
contain_faults_in(DaxwinWindow *window)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    __atomic_store_n(&sigbus_window, window, __ATOMIC_RELAXED);
    __atomic_store_n(&sigbus_count, 0, __ATOMIC_RELAXED);
    action.sa_sigaction = contain_fault;
    action.sa_flags = SA_SIGINFO;
    (void)sigaction(SIGBUS, &action, NULL);
}

static inline uint64_t
count_faults(void)
{
    return __atomic_load_n(&sigbus_count, __ATOMIC_RELAXED);
}

/* The thread sanitizer would take each new mapping for a write by us. */
__attribute__((no_sanitize("thread"), noinline, unused)) static uint64_t
load(const volatile char *address)
{
    return *(const volatile uint64_t *)address;
}

__attribute__((no_sanitize("thread"), noinline, unused)) static void
store(volatile char *address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
}
