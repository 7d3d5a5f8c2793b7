/* SPDX-License-Identifier: BSD-3-Clause */
/* history.h: how full a window was, and how busy, over the time of a recording. */
#pragma once

#include <daxwin/daxwin.h>

enum {
    HISTORY_COLUMNS = 256
};

/* What happened in one part of the time. */
typedef struct {
    uint64_t most_bytes; /* mapped at once */
    uint64_t maps;
    uint64_t bytes_laid; /* by these maps */
} HistoryColumn;

typedef struct {
    uint64_t window_size;
    uint64_t microseconds; /* how long it took */
    HistoryColumn columns[HISTORY_COLUMNS];
} History;

void history_start(History *history, uint64_t window_size, uint64_t microseconds);

/* The part of the time that @microseconds is in. */
size_t history_column_at(const History *history, uint64_t microseconds);

/* How long such a part is, in seconds. */
double history_column_seconds(const History *history);

/* Carries what is mapped at last in one part over to those in which nothing was asked. */
void history_fill(History *history, size_t from, size_t to, uint64_t bytes);
