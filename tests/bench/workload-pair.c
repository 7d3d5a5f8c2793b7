/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-pair.c: one piece at a time, mapped and unmapped or mapped over another one. */
#include "workloads.h"

#include "pieces.h"
#include "random.h"
#include "scratch.h"

enum {
    N_SLOTS = 32768, /* 64 GiB in pieces of 2 MiB */
    MOST_CONTENDERS = 6
};

static uint64_t
run_pairs(void *state, uint64_t round, uint64_t count)
{
    const Pieces *pieces = state;
    const uint32_t *idle = pieces->slots + pieces->setting.n_live;
    Random random = random_seed(round + 1);

    for (uint64_t i = 0; i < count; i++) {
        uint32_t slot = idle[random_below(&random, pieces_count_idle(pieces))];

        pieces_map(pieces, slot);
        pieces_unmap(pieces, slot);
    }
    return count;
}

/* Maps a piece over another one of the same size, back and forth between two parts of the file. */
static uint64_t
run_replacements(void *state, uint64_t round, uint64_t count)
{
    const Pieces *pieces = state;
    Random random = random_seed(round + 1);

    for (uint64_t i = 0; i < count; i++) {
        uint32_t slot = pieces->slots[random_below(&random, pieces->setting.n_live)];
        DaxwinMapping mapping = pieces_mapping(pieces, slot);

        mapping.file_offset ^= pieces->setting.piece * (round % 2);
        pieces->setting.contender->map(pieces->window, pieces->setting.fd, &mapping);
    }
    return count;
}

/* Lets @contenders do the same over windows of @setting. Fills in the rest of @race. */
static void
race_pieces(Bench *bench, Race *race, const PiecesSetting *setting,
            uint64_t (*run)(void *, uint64_t, uint64_t), const Contender *const *contenders)
{
    PiecesSetting settings[MOST_CONTENDERS];
    Racer racers[MOST_CONTENDERS];

    race->n_racers = 0;
    while (contenders[race->n_racers] != NULL) {
        size_t i = race->n_racers++;

        settings[i] = *setting;
        settings[i].contender = contenders[i];
        racers[i] = (Racer){ .name = contenders[i]->name,
                             .open = pieces_open,
                             .run = run,
                             .close = pieces_close,
                             .setting = &settings[i] };
    }
    race->racers = racers;
    (void)race_run(bench, race);
    race->racers = NULL;
}

void
workload_null(Bench *bench)
{
    static const Contender *const CONTENDERS[] = { &BARE_AGAIN, &BARE, NULL };
    static const Wanted WANTED[] = { { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } } };
    PiecesSetting setting = { .piece = 2 * MIB,
                              .n_slots = N_SLOTS,
                              .n_live = 1000,
                              .fd = scratch_open(bench->directory, 2 * MIB * N_SLOTS) };
    Race race = { .name = "null",
                  .title = "the bare calls against themselves",
                  .per = "pair",
                  .wanted = WANTED,
                  .n_wanted = G_N_ELEMENTS(WANTED) };

    race_pieces(bench, &race, &setting, run_pairs, CONTENDERS);
    scratch_close(setting.fd);
}

static const Contender *const PAIR_CONTENDERS[] = {
    &OURS, &BARE, &BARE_AND_FSTAT, &SERIES_2021, &CROSVM, &STAGED, NULL,
};

static const Wanted PAIR_WANTED[] = {
    { WANTED_RATIO, 0, 1, { GOAL_AT_MOST, 1.15 } }, { WANTED_RATIO, 0, 2, { GOAL_AT_MOST, 1.05 } },
    { WANTED_RATIO, 0, 3, { GOAL_NONE, 0 } },       { WANTED_RATIO, 4, 0, { GOAL_NONE, 0 } },
    { WANTED_RATIO, 5, 0, { GOAL_NONE, 0 } },
};

/* The same figures where nothing was promised. */
static const Wanted PLAIN_WANTED[] = {
    { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } }, { WANTED_RATIO, 0, 2, { GOAL_NONE, 0 } },
    { WANTED_RATIO, 0, 3, { GOAL_NONE, 0 } }, { WANTED_RATIO, 4, 0, { GOAL_NONE, 0 } },
    { WANTED_RATIO, 5, 0, { GOAL_NONE, 0 } },
};

static void
run_pair(Bench *bench, const PiecesSetting *setting, const char *name, const char *title)
{
    /* At 30,000 two windows would take all the areas that Linux lets a process have, and a shared
     * anonymous one, whose areas never merge, all of them alone. */
    bool is_roomless = setting->n_live > 5000;
    static const Contender *const FEW[] = { &OURS, &BARE, &BARE_AND_FSTAT, NULL };
    Race race = { .name = name,
                  .title = title,
                  .per = "pair",
                  .wanted = PAIR_WANTED,
                  .n_wanted = is_roomless ? 2 : G_N_ELEMENTS(PAIR_WANTED),
                  .is_roomless = is_roomless,
                  .divisor = is_roomless ? 4 : 1 };

    race_pieces(bench, &race, setting, run_pairs, is_roomless ? FEW : PAIR_CONTENDERS);
}

void
workload_pair(Bench *bench)
{
    static const struct {
        size_t n_live;
        const char *name;
        const char *title;
    } LOADS[] = {
        { 16, "pair-16", "map + unmap of 2 MiB, 16 live" },
        { 1000, "pair-1000", "map + unmap of 2 MiB, 1,000 live" },
        { 8000, "pair-8000", "map + unmap of 2 MiB, 8,000 live" },
        { 30000, "pair-30000", "map + unmap of 2 MiB, 30,000 live" },
    };
    PiecesSetting setting = { .piece = 2 * MIB,
                              .n_slots = N_SLOTS,
                              .fd = scratch_open(bench->directory, 2 * MIB * N_SLOTS) };

    for (size_t i = 0; i < G_N_ELEMENTS(LOADS); i++) {
        setting.n_live = LOADS[i].n_live;
        run_pair(bench, &setting, LOADS[i].name, LOADS[i].title);
    }
    scratch_close(setting.fd);
}

void
workload_page(Bench *bench)
{
    uint64_t page = daxwin_host_page_size();
    PiecesSetting setting = { .piece = page,
                              .n_slots = N_SLOTS,
                              .n_live = 1000,
                              .fd = scratch_open(bench->directory, page * N_SLOTS) };
    Race race = { .name = "page",
                  .title = "map + unmap of one page, 1,000 live",
                  .per = "pair",
                  .wanted = PLAIN_WANTED,
                  .n_wanted = G_N_ELEMENTS(PLAIN_WANTED) };

    race_pieces(bench, &race, &setting, run_pairs, PAIR_CONTENDERS);
    scratch_close(setting.fd);
}

void
workload_replace(Bench *bench)
{
    PiecesSetting setting = { .piece = 2 * MIB,
                              .n_slots = N_SLOTS,
                              .n_live = 1000,
                              .fd = scratch_open(bench->directory, 2 * MIB * N_SLOTS) };
    Race race = { .name = "replace",
                  .title = "map over a live range of 2 MiB, 1,000 live",
                  .per = "map",
                  .wanted = PLAIN_WANTED,
                  .n_wanted = G_N_ELEMENTS(PLAIN_WANTED) };

    race_pieces(bench, &race, &setting, run_replacements, PAIR_CONTENDERS);
    scratch_close(setting.fd);
}

/* One of two threads at work in one window, each in its own half. */
typedef struct {
    const Pieces *pieces;
    size_t half;
    uint64_t round;
    uint64_t count;
} Worker;

static void *
run_half(void *data)
{
    const Worker *worker = data;
    const Pieces *pieces = worker->pieces;
    size_t n = pieces_count_idle(pieces) / 2;
    const uint32_t *idle = pieces->slots + pieces->setting.n_live + worker->half * n;
    Random random = random_seed(worker->round * 2 + worker->half + 1);

    for (uint64_t i = 0; i < worker->count; i++) {
        uint32_t slot = idle[random_below(&random, n)];

        pieces_map(pieces, slot);
        pieces_unmap(pieces, slot);
    }
    return NULL;
}

static uint64_t
run_two_threads(void *state, uint64_t round, uint64_t count)
{
    uint64_t each = (count + 1) / 2;
    Worker workers[] = { { state, 0, round, each }, { state, 1, round, each } };
    GThread *thread = g_thread_new("half", run_half, &workers[1]);

    (void)run_half(&workers[0]);
    (void)g_thread_join(thread);
    return each * 2;
}

void
workload_threads(Bench *bench)
{
    static const Contender *const CONTENDERS[] = { &OURS, &BARE, &BARE_AND_FSTAT, NULL };
    static const Wanted WANTED[] = { { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } },
                                     { WANTED_RATIO, 0, 2, { GOAL_NONE, 0 } } };
    PiecesSetting setting = { .piece = 2 * MIB,
                              .n_slots = N_SLOTS,
                              .n_live = 1000,
                              .fd = scratch_open(bench->directory, 2 * MIB * N_SLOTS) };
    Race race = { .name = "threads",
                  .title = "map + unmap of 2 MiB by two threads in one window, 1,000 live",
                  .per = "pair",
                  .has_threads = true,
                  .wanted = WANTED,
                  .n_wanted = G_N_ELEMENTS(WANTED) };

    race_pieces(bench, &race, &setting, run_two_threads, CONTENDERS);
    scratch_close(setting.fd);
}
