/* SPDX-License-Identifier: BSD-3-Clause */
/* show.c: what replay prints. */
#include "show.h"

#include "cost.h"

#include <inttypes.h>
#include <stdio.h>

static const double MIB = 1024.0 * 1024.0;

enum {
    ROWS = 8,
    COLUMNS = 64,
    PIECE = 2 << 20 /* what Linux guests map */
};

static double
seconds_of(const History *history)
{
    return (double)history->microseconds / G_USEC_PER_SEC;
}

void
show_recording(const PlayerSetting *setting)
{
    const Recording *recording = setting->recording;
    size_t last = recording->steps->len - 1;

    printf("recording    %u entries about %u files in %.1f s, window of %g MiB\n",
           recording->steps->len, recording->files->len,
           (double)recording_step(recording, last)->microseconds / G_USEC_PER_SEC,
           (double)recording->window_size / MIB);
    printf("window       %g MiB, %s\n", (double)setting->window_size / MIB,
           setting->window_size == recording->window_size
               ? "as recorded: every entry is played where it was"
               : "another size: pieces get new places, the longest unused makes room");
}

/* The busiest part of the time, in MiB per second. */
static double
find_peak_churn(const History *history)
{
    uint64_t most = 0;

    for (size_t i = 0; i < HISTORY_COLUMNS; i++) {
        most = MAX(most, history->columns[i].bytes_laid);
    }
    return (double)most / MIB / history_column_seconds(history);
}

void
show_counters(const PlayerSetting *setting, const PlayerResult *result)
{
    const DaxwinUsage *usage = &result->usage;
    double seconds = seconds_of(&result->history);

    printf("maps         %" PRIu64 " (%.1f a second), %" PRIu64 " replaced a mapping\n",
           usage->maps, (double)usage->maps / seconds, usage->replaced);
    printf("unmaps       %" PRIu64 "\n", usage->unmaps);
    if (setting->window_size != setting->recording->window_size) {
        printf("saved        %" PRIu64 " recorded maps, for the piece was there still\n",
               result->hits);
        printf("given up     %" PRIu64 " pieces, to make room\n", result->evictions);
    }
    printf("transfers    %" PRIu64 ", %.1f MiB past the window\n", result->transfers,
           (double)result->bytes_moved / MIB);
    printf("peak         %.1f %% of the window: %g MiB in %zu mappings, %zu kernel areas\n",
           100.0 * (double)result->peak_bytes / (double)setting->window_size,
           (double)result->peak_bytes / MIB, result->peak_mappings, result->peak_areas);
    printf("churn        %.1f MiB mapped a second, %.1f where it was busiest\n",
           (double)result->bytes_laid / MIB / seconds, find_peak_churn(&result->history));
    printf("library      %.3f s for %" PRIu64 " requests, %.2f us each\n",
           (double)result->microseconds / G_USEC_PER_SEC, result->requests,
           (double)result->microseconds / (double)MAX(result->requests, 1));
}

/* How full the window was in the parts of the time that a column of text stands for. */
static double
find_fill(const History *history, size_t column)
{
    const size_t width = HISTORY_COLUMNS / COLUMNS;
    uint64_t most = 0;

    for (size_t i = column * width; i < (column + 1) * width; i++) {
        most = MAX(most, history->columns[i].most_bytes);
    }
    return (double)most / (double)history->window_size;
}

void
show_occupancy(const History *history)
{
    printf("occupancy\n");
    for (int row = ROWS; row > 0; row--) {
        char line[COLUMNS + 1] = { 0 };

        for (size_t i = 0; i < COLUMNS; i++) {
            line[i] = find_fill(history, i) * ROWS > row - 1 ? '#' : ' ';
        }
        printf("%6d %%     |%s|\n", 100 * row / ROWS, line);
    }
    printf("             0 s%*.1f s\n", COLUMNS - 3, seconds_of(history));
}

void
show_fullest(const PlayerResult *result)
{
    if (result->picture != NULL) {
        printf("at its fullest\n%s", result->picture);
    }
}

static void
show_cost(const char *label, const Cost *cost)
{
    printf("%-22s guest %9.3f MiB, host %9.3f MiB: table %.3f, page tables %.3f, areas %.3f\n",
           label, (double)cost->guest / MIB,
           (double)(cost->table + cost->page_tables + cost->areas) / MIB, (double)cost->table / MIB,
           (double)cost->page_tables / MIB, (double)cost->areas / MIB);
}

void
show_costs(const PlayerSetting *setting, const PlayerResult *result)
{
    size_t most = (size_t)MAX(setting->window_size / PIECE, 1);
    Cost peak = cost_of(setting->window_size, result->peak_bytes, result->peak_mappings,
                        result->peak_areas);
    Cost full = cost_of(setting->window_size, setting->window_size, most, most);

    show_cost("memory at this peak", &peak);
    show_cost("memory of a full one", &full);
}
