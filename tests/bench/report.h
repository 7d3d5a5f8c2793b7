/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h: what has been measured. */
#pragma once

#include "quartiles.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
    GOAL_NONE,
    GOAL_AT_MOST,
    GOAL_AT_LEAST
} GoalKind;

typedef struct {
    GoalKind kind;
    double limit;
} Goal;

/* How long one contender took for one thing, in nanoseconds. */
typedef struct {
    const char *contender; /* a constant string */
    Quartiles nanoseconds;
} Duration;

typedef struct {
    char *name;       /* e.g. "ours / bare pair" */
    const char *unit; /* a constant string: "x" for a ratio, "ns" */
    Quartiles value;
    Goal goal;
} Figure;

typedef struct {
    const char *name;  /* a constant string, e.g. "pair-1000" */
    const char *title; /* a constant string */
    const char *per;   /* a constant string: what a duration is for, e.g. "pair" */
    GArray *durations; /* of Duration */
    GArray *figures;   /* of Figure */
} Entry;

typedef struct {
    bool is_quick;
    Quartiles null;     /* the same calls against themselves, as a ratio */
    bool has_good_null; /* whether the other figures mean anything */
    GPtrArray *entries; /* of Entry */
    GPtrArray *skipped; /* of char *: what could not be measured here, and why */
} Report;

Report *report_new(void);

void report_free(Report *report);

/* Adds an empty entry, which the report owns. */
Entry *report_add(Report *report, const char *name, const char *title, const char *per);

void entry_add_duration(Entry *entry, const char *contender, Quartiles nanoseconds);

/* Takes @name over. */
void entry_add_figure(Entry *entry, char *name, const char *unit, Quartiles value, Goal goal);

void report_skip(Report *report, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Whether the median is what was wanted; true without a goal. */
bool figure_meets_goal(const Figure *figure);

/* "at most 1.15", or "" without a goal; to be freed with g_free(). */
char *goal_to_string(const Goal *goal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Report, report_free)
