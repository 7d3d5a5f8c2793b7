/* SPDX-License-Identifier: BSD-3-Clause */
/* random.h: numbers that are cheap to draw, and the same for each contender. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state; /* never 0 */
} Random;

static inline Random
random_seed(uint64_t seed)
{
    return (Random){ seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
}

static inline uint64_t
random_next(Random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return random->state;
}

static inline size_t
random_below(Random *random, size_t limit)
{
    return (size_t)((random_next(random) >> 32) * limit >> 32); /* limits stay below 2^32 */
}
