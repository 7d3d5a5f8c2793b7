/* SPDX-License-Identifier: BSD-3-Clause */
/* race.h: several contenders do the same work in turns, and are compared round by round. */
#pragma once

#include "progress.h"
#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How thorough to be, and where. */
typedef struct {
    size_t windows;        /* how often all is set up afresh */
    size_t rounds;         /* turns of each contender after each set-up */
    uint64_t slice;        /* how long a turn should take at least, in nanoseconds */
    const char *directory; /* where files are made */
    const char *recordings;
    bool is_quick;
    Progress progress;
    Report *report;
} Bench;

/* One who takes part. The functions do not fail: they end the program. */
typedef struct {
    const char *name; /* a constant string */
    void *(*open)(const void *setting);
    void (*prepare)(void *state, uint64_t round); /* before a turn, not timed; NULL for nothing */
    /* A turn: does @count things, or a fixed number, and returns how many it did. */
    uint64_t (*run)(void *state, uint64_t round, uint64_t count);
    void (*close)(void *state);
    const void *setting; /* for open(), must outlive the race */
} Racer;

typedef enum {
    WANTED_RATIO,      /* duration of the racer / duration of the reference */
    WANTED_SPEED,      /* duration of the reference / duration of the racer */
    WANTED_DIFFERENCE, /* duration of the racer - duration of the reference */
    WANTED_DURATION    /* of the racer */
} WantedKind;

/* A figure that a race is held for. */
typedef struct {
    WantedKind kind;
    size_t racer;
    size_t reference;
    Goal goal;
} Wanted;

typedef struct {
    const char *name; /* constant strings, as of Entry */
    const char *title;
    const char *per;
    const Racer *racers;
    size_t n_racers;
    const Wanted *wanted;
    size_t n_wanted;
    bool has_fixed_count; /* run() itself knows how much to do */
    bool has_threads;     /* the clock on the wall counts, not the thread's own */
    bool is_roomless;     /* no two can be open at once: each turn has its own window */
    size_t divisor;       /* fewer rounds where a turn is long; 0 is 1 */
} Race;

/* Holds the race and adds what came out to the report. */
const Entry *race_run(Bench *bench, const Race *race);
