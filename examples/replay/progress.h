/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.h: a bar on the terminal for those who wait. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t last_shown; /* in microseconds */
    bool is_wanted;     /* stderr is a terminal */
} Progress;

void progress_start(Progress *progress);

/* Shows how far it is, but not too often. */
void progress_update(Progress *progress, size_t done, size_t all);

/* Takes the bar away, so that other text can follow. */
void progress_hide(Progress *progress);
