/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-batch.c: requests of 32 entries, and everything at once. */
#include "workloads.h"

#include "fail.h"
#include "pieces.h"
#include "scratch.h"

enum {
    BATCH = 32,
    N_BATCHES = 32,
    N_ENTRIES = BATCH * N_BATCHES,
    N_SLOTS = 8192,
    N_CLEARED = 4096
};

/* Who maps, and how: by single calls or by our batches. */
typedef struct {
    const Contender *contender;
    bool is_batched;
    bool is_contiguous; /* entries of a batch continue each other in window and file */
    bool is_replacing;  /* all slots have been mapped before */
    int fd;
} BatchSetting;

typedef struct {
    BatchSetting setting;
    void *window;
    DaxwinMapping entries[N_ENTRIES];
    DaxwinRange ranges[N_ENTRIES];
} Batches;

/* Scattered entries lie two slots apart, so that nothing can be joined. */
static DaxwinMapping
entry_at(const BatchSetting *setting, size_t i)
{
    uint64_t slot = setting->is_contiguous ? i : i * 2;

    return (DaxwinMapping){ .window_offset = slot * 2 * MIB,
                            .file_offset = slot * 2 * MIB,
                            .length = 2 * MIB,
                            .access = DAXWIN_ACCESS_READ };
}

static void *
open_batches(const void *data)
{
    Batches *batches = g_new(Batches, 1);

    batches->setting = *(const BatchSetting *)data;
    batches->window = batches->setting.contender->open(N_SLOTS * 2 * MIB);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        const DaxwinMapping entry = entry_at(&batches->setting, i);

        batches->entries[i] = entry;
        batches->ranges[i] = (DaxwinRange){ entry.window_offset, entry.length };
    }
    return batches;
}

static void
close_batches(void *state)
{
    Batches *batches = state;

    batches->setting.contender->close(batches->window);
    g_free(batches);
}

static void
unmap_all(Batches *batches)
{
    batches->setting.contender->unmap(batches->window, 0, N_SLOTS * 2 * MIB);
}

static void
map_singly(Batches *batches)
{
    for (size_t i = 0; i < N_ENTRIES; i++) {
        batches->setting.contender->map(batches->window, batches->setting.fd, &batches->entries[i]);
    }
}

static void
map_in_batches(Batches *batches)
{
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < N_ENTRIES; i += BATCH) {
        if (!daxwin_window_map_batch(batches->window, batches->setting.fd, &batches->entries[i],
                                     BATCH, &error)) {
            fail("%s", error->message);
        }
    }
}

static void
unmap_in_batches(Batches *batches)
{
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < N_ENTRIES; i += BATCH) {
        if (!daxwin_window_unmap_batch(batches->window, &batches->ranges[i], BATCH, &error)) {
            fail("%s", error->message);
        }
    }
}

static void
prepare_maps(void *state, uint64_t round)
{
    Batches *batches = state;

    (void)round;
    unmap_all(batches);
    if (batches->setting.is_replacing) {
        map_singly(batches);
    }
}

static uint64_t
run_maps(void *state, uint64_t round, uint64_t count)
{
    Batches *batches = state;

    (void)round;
    (void)count;
    if (batches->setting.is_batched) {
        map_in_batches(batches);
    } else {
        map_singly(batches);
    }
    return N_ENTRIES;
}

static void
prepare_unmaps(void *state, uint64_t round)
{
    Batches *batches = state;

    (void)round;
    unmap_all(batches);
    map_singly(batches);
}

static uint64_t
run_unmaps(void *state, uint64_t round, uint64_t count)
{
    Batches *batches = state;

    (void)round;
    (void)count;
    if (batches->setting.is_batched) {
        unmap_in_batches(batches);
        return N_ENTRIES;
    }
    for (size_t i = 0; i < N_ENTRIES; i++) {
        batches->setting.contender->unmap(batches->window, batches->ranges[i].offset,
                                          batches->ranges[i].length);
    }
    return N_ENTRIES;
}

/* What kind of batch a race is about. */
typedef struct {
    const char *name;
    const char *title;
    bool is_contiguous;
    bool is_replacing;
    bool is_unmap;
    Goal goal;
} BatchRace;

static void
race_batches(Bench *bench, const BatchRace *about)
{
    int fd = scratch_open(bench->directory, N_SLOTS * 2 * MIB);
    const BatchSetting settings[] = {
        { &OURS, true, about->is_contiguous, about->is_replacing, fd },
        { &BARE, false, about->is_contiguous, about->is_replacing, fd },
        { &OURS, false, about->is_contiguous, about->is_replacing, fd },
    };
    const char *const names[] = { "our batch", "bare, one by one", "ours, one by one" };
    Racer racers[G_N_ELEMENTS(settings)];
    const Wanted wanted[] = { { WANTED_RATIO, 0, 1, about->goal },
                              { WANTED_RATIO, 0, 2, { GOAL_NONE, 0 } } };

    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        racers[i] = (Racer){ .name = names[i],
                             .open = open_batches,
                             .prepare = about->is_unmap ? prepare_unmaps : prepare_maps,
                             .run = about->is_unmap ? run_unmaps : run_maps,
                             .close = close_batches,
                             .setting = &settings[i] };
    }
    (void)race_run(bench, &(Race){ .name = about->name,
                                   .title = about->title,
                                   .per = "entry",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = wanted,
                                   .n_wanted = G_N_ELEMENTS(wanted),
                                   .has_fixed_count = true });
    scratch_close(fd);
}

void
workload_batch_contiguous(Bench *bench)
{
    race_batches(bench, &(BatchRace){ .name = "batch-contiguous-map",
                                      .title = "batch of 32 contiguous maps",
                                      .is_contiguous = true,
                                      .goal = { GOAL_AT_MOST, 0.06 } });
    race_batches(bench, &(BatchRace){ .name = "batch-contiguous-unmap",
                                      .title = "batch of 32 contiguous unmaps",
                                      .is_contiguous = true,
                                      .is_unmap = true,
                                      .goal = { GOAL_AT_MOST, 0.05 } });
}

void
workload_batch_scattered(Bench *bench)
{
    race_batches(bench, &(BatchRace){ .name = "batch-scattered-map",
                                      .title = "batch of 32 scattered maps over idle memory" });
    race_batches(bench, &(BatchRace){ .name = "batch-scattered-replace",
                                      .title = "batch of 32 scattered maps over live ranges",
                                      .is_replacing = true });
    race_batches(bench, &(BatchRace){ .name = "batch-scattered-unmap",
                                      .title = "batch of 32 scattered unmaps",
                                      .is_unmap = true });
}

/* Fills the window with N_CLEARED pieces, none of which continues another. */
static void
prepare_clear(void *state, uint64_t round)
{
    const Pieces *pieces = state;

    (void)round;
    for (size_t i = 0; i < N_CLEARED; i++) {
        pieces_map(pieces, pieces->slots[i]);
    }
}

static uint64_t
run_our_clear(void *state, uint64_t round, uint64_t count)
{
    const Pieces *pieces = state;
    g_autoptr(GError) error = NULL;

    (void)round;
    (void)count;
    if (!daxwin_window_clear(pieces->window, &error)) {
        fail("%s", error->message);
    }
    return 1;
}

static uint64_t
run_bare_clear(void *state, uint64_t round, uint64_t count)
{
    const Pieces *pieces = state;

    (void)round;
    (void)count;
    pieces->setting.contender->unmap(pieces->window, 0,
                                     pieces->setting.n_slots * pieces->setting.piece);
    return 1;
}

void
workload_clear(Bench *bench)
{
    static const Wanted WANTED[] = { { WANTED_RATIO, 0, 1, { GOAL_AT_MOST, 1.05 } } };
    int fd = scratch_open(bench->directory, N_SLOTS * 2 * MIB);
    const PiecesSetting ours = { &OURS, 2 * MIB, N_SLOTS, 0, fd };
    const PiecesSetting bare = { &BARE, 2 * MIB, N_SLOTS, 0, fd };
    const Racer racers[] = {
        { "ours", pieces_open, prepare_clear, run_our_clear, pieces_close, &ours },
        { "bare", pieces_open, prepare_clear, run_bare_clear, pieces_close, &bare },
    };

    (void)race_run(bench, &(Race){ .name = "clear",
                                   .title = "clear of a window with 4,096 live",
                                   .per = "clear",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = WANTED,
                                   .n_wanted = G_N_ELEMENTS(WANTED),
                                   .has_fixed_count = true,
                                   .divisor = 2 });
    scratch_close(fd);
}
