/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.c: a bar on the terminal for those who wait. */
#include "progress.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

enum {
    INTERVAL = 100000, /* microseconds */
    BAR_LENGTH = 40
};

void
progress_start(Progress *progress)
{
    progress->last_shown = 0;
    progress->is_wanted = isatty(STDERR_FILENO) == 1;
}

void
progress_update(Progress *progress, size_t done, size_t all)
{
    int64_t now = g_get_monotonic_time();
    char bar[BAR_LENGTH + 1] = { 0 };

    if (!progress->is_wanted || now - progress->last_shown < INTERVAL) {
        return;
    }
    for (size_t i = 0; i < BAR_LENGTH; i++) {
        bar[i] = i * all < BAR_LENGTH * done ? '#' : '.';
    }
    fprintf(stderr, "\r[%s] %zu of %zu entries", bar, done, all);
    progress->last_shown = now;
}

void
progress_hide(Progress *progress)
{
    if (progress->is_wanted) {
        fputs("\r\033[K", stderr);
    }
}
