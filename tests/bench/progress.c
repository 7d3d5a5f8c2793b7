/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.c: a line on the terminal for those who wait. */
#include "progress.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

enum {
    INTERVAL = 100000, /* microseconds */
    BAR_LENGTH = 24
};

void
progress_start(Progress *progress, size_t all)
{
    *progress = (Progress){ .all = all,
                            .name = "",
                            .start = g_get_monotonic_time(),
                            .is_wanted = isatty(STDERR_FILENO) == 1 };
}

static void
show(const Progress *progress, size_t done, size_t all)
{
    size_t length = BAR_LENGTH * done / all;
    char bar[BAR_LENGTH + 1] = { 0 };

    for (size_t i = 0; i < BAR_LENGTH; i++) {
        bar[i] = i < length ? '#' : '.';
    }
    fprintf(stderr, "\r\033[K[%2zu of %zu] %s %-22s %4.0f s", progress->done, progress->all, bar,
            progress->name, (double)(g_get_monotonic_time() - progress->start) / G_USEC_PER_SEC);
}

void
progress_update(Progress *progress, size_t done, size_t all)
{
    int64_t now = g_get_monotonic_time();

    if (progress->is_wanted && all > 0 && now - progress->last_shown >= INTERVAL) {
        progress->last_shown = now;
        show(progress, done, all);
    }
}

void
progress_next(Progress *progress, const char *name)
{
    progress->name = name;
    progress->done++;
    progress->last_shown = 0;
    progress_update(progress, 0, 1);
}

void
progress_hide(Progress *progress)
{
    if (progress->is_wanted) {
        fputs("\r\033[K", stderr);
    }
}
