/* SPDX-License-Identifier: BSD-3-Clause */
/* race.c: several contenders do the same work in turns, and are compared round by round. */
#include "race.h"

#include <time.h>

enum {
    MOST_RACERS = 8,
    ROOMLESS_SLICES = 64, /* to fill a window takes long, and leaves the caches cold */
    NANOSECONDS = 1000000000
};

/* A race while it is held. */
typedef struct {
    Bench *bench;
    const Race *race;
    void *states[MOST_RACERS];
    uint64_t count;               /* things in a turn */
    double *samples[MOST_RACERS]; /* nanoseconds for one thing, by round */
    size_t rounds;                /* in all */
    size_t done;
} Course;

/* The time this thread has had a processor, so that it matters less what else the machine does. */
static uint64_t
now(const Race *race)
{
    struct timespec time;

    clock_gettime(race->has_threads ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

static void
open_racer(Course *course, size_t i)
{
    const Racer *racer = &course->race->racers[i];

    course->states[i] = racer->open(racer->setting);
}

static void
close_racer(Course *course, size_t i)
{
    course->race->racers[i].close(course->states[i]);
}

/* Lets one have its turn; returns the nanoseconds it took, and what it did as *done. */
static uint64_t
take_turn(const Course *course, size_t i, uint64_t count, uint64_t *done)
{
    const Racer *racer = &course->race->racers[i];
    uint64_t start;

    if (racer->prepare != NULL) {
        racer->prepare(course->states[i], course->done);
    }
    start = now(course->race);
    *done = racer->run(course->states[i], course->done, count);
    return now(course->race) - start;
}

/* Finds out how many things take a slice of time. It warms all racers up by the way. */
static void
calibrate(Course *course)
{
    uint64_t done;

    course->count = 1;
    while (!course->race->has_fixed_count &&
           take_turn(course, 0, course->count, &done) < course->bench->slice) {
        course->count *= 2;
    }
    for (size_t i = 1; i < course->race->n_racers; i++) {
        (void)take_turn(course, i, course->count, &done);
    }
}

/* Whose turn it is: the order begins elsewhere each round, and every second one is reversed. */
static size_t
racer_at(const Course *course, size_t turn)
{
    size_t n = course->race->n_racers;
    size_t place = course->done % 2 == 0 ? turn : n - 1 - turn;

    return (place + course->done / 2) % n;
}

static void
run_round(Course *course)
{
    for (size_t turn = 0; turn < course->race->n_racers; turn++) {
        size_t i = racer_at(course, turn);
        uint64_t done;
        uint64_t duration;

        if (course->race->is_roomless) {
            open_racer(course, i);
        }
        duration = take_turn(course, i, course->count, &done);
        course->samples[i][course->done] = (double)duration / (double)done;
        if (course->race->is_roomless) {
            close_racer(course, i);
        }
    }
    course->done++;
    progress_update(&course->bench->progress, course->done, course->rounds);
}

/* Whoever opens first may get the better place, so it is another one each time. */
static void
run_rounds(Course *course, size_t rounds)
{
    size_t first = course->done / rounds;

    for (size_t i = 0; i < course->race->n_racers; i++) {
        open_racer(course, (first + i) % course->race->n_racers);
    }
    calibrate(course);
    for (size_t i = 0; i < rounds; i++) {
        run_round(course);
    }
    for (size_t i = 0; i < course->race->n_racers; i++) {
        close_racer(course, i);
    }
}

/* Where there is room for one only, the first racer shows how much a turn is. */
static void
run_roomless_rounds(Course *course)
{
    uint64_t slice = ROOMLESS_SLICES * course->bench->slice;
    uint64_t done;

    open_racer(course, 0);
    course->count = 1;
    while (take_turn(course, 0, course->count, &done) < slice) {
        course->count *= 2;
    }
    close_racer(course, 0);
    while (course->done < course->rounds) {
        run_round(course);
    }
}

static double
figure_of(const Course *course, const Wanted *wanted, size_t round)
{
    double ours = course->samples[wanted->racer][round];
    double reference = course->samples[wanted->reference][round];

    switch (wanted->kind) {
    case WANTED_RATIO:
        return ours / reference;
    case WANTED_SPEED:
        return reference / ours;
    case WANTED_DIFFERENCE:
        return ours - reference;
    case WANTED_DURATION:
        return ours;
    }
    g_return_val_if_reached(0);
}

static char *
name_figure(const Race *race, const Wanted *wanted)
{
    const char *ours = race->racers[wanted->racer].name;
    const char *reference = race->racers[wanted->reference].name;

    switch (wanted->kind) {
    case WANTED_RATIO:
        return g_strdup_printf("%s / %s", ours, reference);
    case WANTED_SPEED:
        return g_strdup_printf("speed of %s / of %s", ours, reference);
    case WANTED_DIFFERENCE:
        return g_strdup_printf("%s - %s", ours, reference);
    case WANTED_DURATION:
        return g_strdup(ours);
    }
    g_return_val_if_reached(NULL);
}

static void
add_figure(const Course *course, Entry *entry, const Wanted *wanted)
{
    g_autofree double *values = g_new(double, course->rounds);
    bool is_ratio = wanted->kind == WANTED_RATIO || wanted->kind == WANTED_SPEED;

    for (size_t round = 0; round < course->rounds; round++) {
        values[round] = figure_of(course, wanted, round);
    }
    entry_add_figure(entry, name_figure(course->race, wanted), is_ratio ? "x" : "ns",
                     quartiles_of(values, course->rounds), wanted->goal);
}

static const Entry *
report_course(const Course *course)
{
    const Race *race = course->race;
    Entry *entry = report_add(course->bench->report, race->name, race->title, race->per);

    for (size_t i = 0; i < race->n_racers; i++) {
        entry_add_duration(entry, race->racers[i].name,
                           quartiles_of(course->samples[i], course->rounds));
    }
    for (size_t i = 0; i < race->n_wanted; i++) {
        add_figure(course, entry, &race->wanted[i]);
    }
    return entry;
}

const Entry *
race_run(Bench *bench, const Race *race)
{
    size_t rounds = MAX(bench->rounds / MAX(race->divisor, 1), 2);
    Course course = { .bench = bench, .race = race, .rounds = rounds * bench->windows };
    const Entry *entry;

    g_assert(race->n_racers <= MOST_RACERS);
    for (size_t i = 0; i < race->n_racers; i++) {
        course.samples[i] = g_new(double, course.rounds);
    }
    if (race->is_roomless) {
        run_roomless_rounds(&course);
    }
    while (course.done < course.rounds) {
        run_rounds(&course, rounds);
    }
    entry = report_course(&course);
    for (size_t i = 0; i < race->n_racers; i++) {
        g_free(course.samples[i]);
    }
    return entry;
}
