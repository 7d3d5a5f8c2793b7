/* SPDX-License-Identifier: BSD-3-Clause */
/* report.c: what has been measured. */
#include "report.h"

#include <stdarg.h>

static void
clear_figure(void *data)
{
    Figure *figure = data;

    g_free(figure->name);
}

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_array_unref(entry->durations);
    g_array_unref(entry->figures);
    g_free(entry);
}

Report *
report_new(void)
{
    Report *report = g_new0(Report, 1);

    report->entries = g_ptr_array_new_with_free_func(entry_free);
    report->skipped = g_ptr_array_new_with_free_func(g_free);
    return report;
}

void
report_free(Report *report)
{
    g_ptr_array_unref(report->entries);
    g_ptr_array_unref(report->skipped);
    g_free(report);
}

Entry *
report_add(Report *report, const char *name, const char *title, const char *per)
{
    Entry *entry = g_new(Entry, 1);

    *entry = (Entry){ name, title, per, g_array_new(FALSE, FALSE, sizeof(Duration)),
                      g_array_new(FALSE, FALSE, sizeof(Figure)) };
    g_array_set_clear_func(entry->figures, clear_figure);
    g_ptr_array_add(report->entries, entry);
    return entry;
}

void
entry_add_duration(Entry *entry, const char *contender, Quartiles nanoseconds)
{
    Duration duration = { contender, nanoseconds };

    g_array_append_val(entry->durations, duration);
}

void
entry_add_figure(Entry *entry, char *name, const char *unit, Quartiles value, Goal goal)
{
    Figure figure = { name, unit, value, goal };

    g_array_append_val(entry->figures, figure);
}

void
report_skip(Report *report, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(report->skipped, g_strdup_vprintf(format, args));
    va_end(args);
}

bool
figure_meets_goal(const Figure *figure)
{
    switch (figure->goal.kind) {
    case GOAL_NONE:
        return true;
    case GOAL_AT_MOST:
        return figure->value.median <= figure->goal.limit;
    case GOAL_AT_LEAST:
        return figure->value.median >= figure->goal.limit;
    }
    g_return_val_if_reached(false);
}

char *
goal_to_string(const Goal *goal)
{
    if (goal->kind == GOAL_NONE) {
        return g_strdup("");
    }
    return g_strdup_printf("%s %g", goal->kind == GOAL_AT_MOST ? "at most" : "at least",
                           goal->limit);
}
