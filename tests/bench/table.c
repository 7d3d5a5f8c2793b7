/* SPDX-License-Identifier: BSD-3-Clause */
/* table.c: a report for people. */
#include "table.h"

#include <stdio.h>

static void
print_durations(const Entry *entry)
{
    for (guint i = 0; i < entry->durations->len; i++) {
        const Duration *duration = &g_array_index(entry->durations, Duration, i);

        printf("    %-34s %12.1f ns a %s  (%.1f to %.1f)\n", duration->contender,
               duration->nanoseconds.median, entry->per, duration->nanoseconds.low,
               duration->nanoseconds.high);
    }
}

static void
print_figures(const Entry *entry)
{
    for (guint i = 0; i < entry->figures->len; i++) {
        const Figure *figure = &g_array_index(entry->figures, Figure, i);
        g_autofree char *goal = goal_to_string(&figure->goal);

        printf("  %s %-34s %12.3f %-5s  (%.3f to %.3f)  %s%s\n",
               figure->goal.kind == GOAL_NONE ? " " : "*", figure->name, figure->value.median,
               figure->unit, figure->value.low, figure->value.high, goal,
               figure_meets_goal(figure) ? "" : "  NOT MET");
    }
}

void
table_print(const Report *report, const Machine *machine)
{
    printf("%s UTC, %s, %u x %s, pages of %zu, files on %s, libdaxwin %s (%s)\n", machine->date,
           machine->kernel, machine->processors, machine->processor, machine->page_size,
           machine->filesystem, machine->library, machine->build);
    printf("the bare calls against themselves: %.3f (%.3f to %.3f)%s\n", report->null.median,
           report->null.low, report->null.high,
           report->has_good_null ? "" : ", so the figures below mean nothing");
    for (guint i = 0; i < report->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(report->entries, i);

        printf("\n%s\n", entry->title);
        print_durations(entry);
        print_figures(entry);
    }
    for (guint i = 0; i < report->skipped->len; i++) {
        printf("\nnot measured: %s\n", (const char *)g_ptr_array_index(report->skipped, i));
    }
    printf("\nMedians, with quartiles in brackets; * has a goal.\n");
}
