/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-create.c: windows that come and go. */
#include "workloads.h"

#include "contenders.h"

typedef struct {
    const Contender *contender;
    uint64_t size;
} CreateSetting;

static void *
open_nothing(const void *setting)
{
    return g_memdup2(setting, sizeof(CreateSetting));
}

static uint64_t
run_births(void *state, uint64_t round, uint64_t count)
{
    const CreateSetting *setting = state;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        setting->contender->close(setting->contender->open(setting->size));
    }
    return count;
}

void
workload_create(Bench *bench)
{
    static const Wanted WANTED[] = { { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } },
                                     { WANTED_DIFFERENCE, 0, 1, { GOAL_NONE, 0 } } };
    static const struct {
        const char *name;
        const char *title;
        uint64_t size;
    } LOADS[] = {
        { "create-1G", "creation and end of 1 GiB", UINT64_C(1) << 30 },
        { "create-64G", "creation and end of 64 GiB", UINT64_C(64) << 30 },
        { "create-1T", "creation and end of 1 TiB", UINT64_C(1) << 40 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(LOADS); i++) {
        const CreateSetting ours = { &OURS, LOADS[i].size };
        const CreateSetting bare = { &BARE, LOADS[i].size };
        const Racer racers[] = {
            { "ours", open_nothing, NULL, run_births, g_free, &ours },
            { "bare", open_nothing, NULL, run_births, g_free, &bare },
        };

        (void)race_run(bench, &(Race){ .name = LOADS[i].name,
                                       .title = LOADS[i].title,
                                       .per = "window",
                                       .racers = racers,
                                       .n_racers = G_N_ELEMENTS(racers),
                                       .wanted = WANTED,
                                       .n_wanted = G_N_ELEMENTS(WANTED) });
    }
}
