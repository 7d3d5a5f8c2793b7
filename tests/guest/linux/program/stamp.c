/* SPDX-License-Identifier: BSD-3-Clause */
#include "stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_COMPLAINTS = 5
};

/* Marsaglia's xorshift; @state is never 0. */
static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void
page_init(Page *page, uint64_t seed)
{
    uint64_t state = seed;

    page->seed = seed;
    page->number = 0;
    for (size_t i = 0; i < FILLING_WORDS; i++) {
        page->filling[i] = next_random(&state);
    }
}

/* Says what is wrong, of the first pages: there may be many. */
static void
complain(const void *found, const Page *expected)
{
    static int said;
    Page copy;

    if (said++ >= MOST_COMPLAINTS) {
        return;
    }
    memcpy(&copy, found, sizeof copy);
    (void)fprintf(stderr,
                  "page %" PRIu64 " of file %" PRIu64 " is wrong: it says page %" PRIu64
                  " of file %" PRIu64 "\n",
                  expected->number, expected->seed, copy.number, copy.seed);
}

bool
page_matches(const void *found, Page *model, uint64_t number)
{
    model->number = number;
    if (memcmp(found, model, sizeof *model) == 0) {
        return true;
    }
    complain(found, model);
    return false;
}
