/* SPDX-License-Identifier: BSD-3-Clause */
/* history.c: how full a window was, and how busy, over the time of a recording. */
#include "history.h"

void
history_start(History *history, uint64_t window_size, uint64_t microseconds)
{
    *history = (History){ .window_size = window_size, .microseconds = MAX(microseconds, 1) };
}

size_t
history_column_at(const History *history, uint64_t microseconds)
{
    double part = (double)microseconds / (double)history->microseconds;

    return (size_t)MIN(part * HISTORY_COLUMNS, HISTORY_COLUMNS - 1);
}

double
history_column_seconds(const History *history)
{
    return (double)history->microseconds / HISTORY_COLUMNS / G_USEC_PER_SEC;
}

void
history_fill(History *history, size_t from, size_t to, uint64_t bytes)
{
    for (size_t i = from; i < to; i++) {
        history->columns[i].most_bytes = MAX(history->columns[i].most_bytes, bytes);
    }
}
