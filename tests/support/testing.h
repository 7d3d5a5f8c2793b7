/* SPDX-License-Identifier: BSD-3-Clause */
/* testing.h: cmocka and what it needs, in the order in which it needs it. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

/* cmocka 1.1.5 reports a skipped test as "not ok", which readers of TAP take for a failure. Use
 * this instead: tests/support/tally.py counts the line it prints. */
#undef skip
#define SKIP_BECAUSE(reason)                                                                       \
    do {                                                                                           \
        print_message("# skipped: %s\n", (reason));                                                \
        return;                                                                                    \
    } while (0)

/* 1 in a build for a sanitizer or analyser, whose own tables take so much address space or time
 * that the biggest windows and the longest runs are beyond it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TESTING_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TESTING_SANITIZED 1
#endif
#endif
#ifndef TESTING_SANITIZED
#define TESTING_SANITIZED 0
#endif

/* Whether an emulator of programs, not of machines, runs this one (qemu-user): it makes the calls
 * of the kernel its own way, and some not at all. */
static inline bool
testing_is_in_user_emulator(void)
{
    return process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) < 0 && errno == ENOSYS;
}

/* What an emulator of user programs cannot do. */
static const char *const TESTING_NO_PROBES =
    "an emulator of user programs knows no MADV_POPULATE_READ and no process_vm_readv()";

/* For a program of which all tests need that; whether it is to end with status 0. */
static inline bool
testing_skips_all(void)
{
    if (testing_is_in_user_emulator()) {
        print_message("1..0 # SKIP %s\n", TESTING_NO_PROBES);
        return true;
    }
    return false;
}

#define SKIP_IN_USER_EMULATOR()                                                                    \
    do {                                                                                           \
        if (testing_is_in_user_emulator()) {                                                       \
            SKIP_BECAUSE(TESTING_NO_PROBES);                                                       \
        }                                                                                          \
    } while (0)

/* Whether valgrind runs this program (see tests/meson.build), or an emulator with the same limits.
 * They refuse to map a mapping a second time with mremap(), do not know MAP_FIXED_NOREPLACE, and
 * give at most some 32 GiB in one piece. */
static inline bool
testing_is_in_valgrind(void)
{
    return getenv("TESTING_VALGRIND") != NULL || testing_is_in_user_emulator();
}

/* How many of @n pieces may be in one batch: a batch of several needs a second mapping of what it
 * replaces. */
static inline size_t
testing_batch_of(size_t n)
{
    return testing_is_in_valgrind() ? 1 : n;
}
