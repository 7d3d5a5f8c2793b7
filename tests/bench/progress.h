/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.h: a line on the terminal for those who wait. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t done; /* workloads */
    size_t all;
    const char *name; /* of the workload at hand */
    int64_t start;    /* in microseconds */
    int64_t last_shown;
    bool is_wanted; /* stderr is a terminal */
} Progress;

void progress_start(Progress *progress, size_t all);

/* Begins with the next workload. */
void progress_next(Progress *progress, const char *name);

/* Shows how far the workload is, but not too often. */
void progress_update(Progress *progress, size_t done, size_t all);

void progress_hide(Progress *progress);
