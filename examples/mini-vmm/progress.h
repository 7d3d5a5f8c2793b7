/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.h: a line on the terminal for those who wait. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t start;      /* in microseconds */
    int64_t last_shown; /* in microseconds */
    bool is_wanted;     /* stderr is a terminal */
    bool is_shown;
} Progress;

void progress_start(Progress *progress);

/* Shows how far it is, but not within the first two seconds, and not too often. */
void progress_update(Progress *progress, uint64_t done, uint64_t all);

/* Takes the line away, so that other text can follow; the next update brings it back. */
void progress_hide(Progress *progress);
