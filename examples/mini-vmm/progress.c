/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.c: a line on the terminal for those who wait. */
#include "progress.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const int64_t PATIENCE = 2 * INT64_C(1000000);
static const int64_t INTERVAL = 200000;

void
progress_start(Progress *progress)
{
    progress->start = g_get_monotonic_time();
    progress->last_shown = 0;
    progress->is_wanted = isatty(STDERR_FILENO) == 1;
    progress->is_shown = false;
}

void
progress_update(Progress *progress, uint64_t done, uint64_t all)
{
    int64_t now = g_get_monotonic_time();

    if (!progress->is_wanted || now - progress->start < PATIENCE ||
        now - progress->last_shown < INTERVAL) {
        return;
    }
    fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " KiB", done / 1024, all / 1024);
    progress->last_shown = now;
    progress->is_shown = true;
}

void
progress_hide(Progress *progress)
{
    if (progress->is_shown) {
        fputs("\r\033[K", stderr);
        progress->is_shown = false;
    }
}
