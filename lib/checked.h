/* SPDX-License-Identifier: BSD-3-Clause */
/* checked.h: arithmetic on numbers that came from outside. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Adds, or returns false and leaves @sum alone if the result does not fit 64 bits. */
static inline bool
daxwin_checked_add(uint64_t a, uint64_t b, uint64_t *sum)
{
    uint64_t result;

    if (__builtin_add_overflow(a, b, &result)) {
        return false;
    }
    *sum = result;
    return true;
}

/* Multiplies, or returns false and leaves @product alone if the result does not fit 64 bits. */
static inline bool
daxwin_checked_multiply(uint64_t a, uint64_t b, uint64_t *product)
{
    uint64_t result;

    if (__builtin_mul_overflow(a, b, &result)) {
        return false;
    }
    *product = result;
    return true;
}
