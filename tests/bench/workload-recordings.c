/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-recordings.c: what real guests asked, asked again. */
#include "workloads.h"

#include "areas.h"
#include "contenders.h"
#include "fail.h"
#include "recording.h"
#include "sparse-files.h"

#include <unistd.h>

typedef struct {
    const Contender *contender;
    const Recording *recording;
    const SparseFiles *files;
} ReplaySetting;

typedef struct {
    ReplaySetting setting;
    void *window;
    char *memory; /* what the guest has beside its window */
} Replay;

static const uint64_t MEMORY_SIZE = UINT64_C(1) << 20;

static void *
open_replay(const void *setting)
{
    Replay *replay = g_new(Replay, 1);

    replay->setting = *(const ReplaySetting *)setting;
    replay->window = replay->setting.contender->open(replay->setting.recording->window_size);
    replay->memory = g_malloc0(MEMORY_SIZE);
    return replay;
}

static void
close_replay(void *state)
{
    Replay *replay = state;

    replay->setting.contender->close(replay->window);
    g_free(replay->memory);
    g_free(replay);
}

static void
prepare_replay(void *state, uint64_t round)
{
    const Replay *replay = state;

    (void)round;
    replay->setting.contender->unmap(replay->window, 0, replay->setting.recording->window_size);
}

static void *
resolve(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    const Replay *replay = user_data;
    uint64_t offset = guest_address % MEMORY_SIZE;

    (void)for_write;
    *length = MIN(*length, MEMORY_SIZE - offset);
    return replay->memory + offset;
}

static void
move_with_library(Replay *replay, int fd, const RecordedStep *step)
{
    g_autoptr(GError) error = NULL;
    DaxwinTransfer transfer = { step->file_offset, step->window_offset, step->length,
                                step->access == DAXWIN_ACCESS_WRITE ? DAXWIN_TRANSFER_FROM_GUEST
                                                                    : DAXWIN_TRANSFER_TO_GUEST };
    uint64_t done;

    if (!daxwin_transfer_run(fd, &transfer, 1, DAXWIN_TRANSFER_DEFAULT, resolve, replay, &done,
                             &error)) {
        fail("%s", error->message);
    }
}

static void
move_barely(Replay *replay, int fd, const RecordedStep *step)
{
    size_t length = step->length;
    void *memory = resolve(step->window_offset, &length, false, replay);
    ssize_t moved = step->access == DAXWIN_ACCESS_WRITE
                        ? pwrite(fd, memory, length, (off_t)step->file_offset)
                        : pread(fd, memory, length, (off_t)step->file_offset);

    if (moved < 0) {
        fail_with_errno("cannot move bytes");
    }
}

static void
do_step(Replay *replay, const RecordedStep *step)
{
    const Contender *contender = replay->setting.contender;
    int fd = replay->setting.files->fds[step->file];

    switch (step->kind) {
    case RECORDED_MAP:
        contender->map(
            replay->window, fd,
            &(DaxwinMapping){ step->window_offset, step->file_offset, step->length, step->access });
        return;
    case RECORDED_UNMAP:
        contender->unmap(replay->window, step->window_offset, step->length);
        return;
    case RECORDED_IO:
        if (contender == &OURS) {
            move_with_library(replay, fd, step);
        } else {
            move_barely(replay, fd, step);
        }
        return;
    }
}

static uint64_t
run_replay(void *state, uint64_t round, uint64_t count)
{
    Replay *replay = state;
    const Recording *recording = replay->setting.recording;

    (void)round;
    (void)count;
    for (size_t i = 0; i < recording->steps->len; i++) {
        do_step(replay, recording_step(recording, i));
    }
    return recording->steps->len;
}

/* How many kernel areas are in the window before what it holds at last is taken away. */
static size_t
count_areas_after(const ReplaySetting *setting)
{
    const Recording *recording = setting->recording;
    Replay *replay = open_replay(setting);
    size_t last = recording->steps->len - 1;
    size_t n = recording_is_clear(recording, recording_step(recording, last)) ? last : last + 1;
    size_t count;

    for (size_t i = 0; i < n; i++) {
        do_step(replay, recording_step(recording, i));
    }
    count = areas_count(setting->contender->base(replay->window), recording->window_size);
    close_replay(replay);
    return count;
}

/* A recording that comes with the benchmark, and the names of its entries in the report. */
typedef struct {
    const char *file;
    const char *name;
    const char *title;
    const char *areas_name;
    const char *areas_title;
    bool is_mostly_maps; /* crosvm's way to map has no part in moving bytes */
} Known;

static void
report_areas(Bench *bench, const Known *known, const ReplaySetting *settings)
{
    Entry *entry = report_add(bench->report, known->areas_name, known->areas_title, "");
    double bare = (double)count_areas_after(&settings[1]);

    entry_add_figure(entry, g_strdup("ours"), "areas",
                     quartiles_exact((double)count_areas_after(&settings[0])),
                     (Goal){ GOAL_AT_MOST, bare });
    entry_add_figure(entry, g_strdup("bare"), "areas", quartiles_exact(bare),
                     (Goal){ GOAL_NONE, 0 });
    entry_add_figure(entry, g_strdup("crosvm"), "areas",
                     quartiles_exact((double)count_areas_after(&settings[4])),
                     (Goal){ GOAL_NONE, 0 });
}

static const Contender *const CONTENDERS[] = {
    &OURS, &BARE, &SERIES_2021, &SERIES_2021_AND_FSTAT, &CROSVM, &STAGED,
};

enum {
    N_CONTENDERS = G_N_ELEMENTS(CONTENDERS)
};

static void
race_replays(Bench *bench, const Known *known, const ReplaySetting *settings)
{
    const Wanted wanted[] = {
        { WANTED_RATIO, 0, 3, { GOAL_AT_MOST, 1.07 } },
        { WANTED_RATIO, 4, 0, { known->is_mostly_maps ? GOAL_AT_LEAST : GOAL_NONE, 1.5 } },
        { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } },
        { WANTED_RATIO, 0, 2, { GOAL_NONE, 0 } },
        { WANTED_RATIO, 5, 0, { GOAL_NONE, 0 } },
    };
    Racer racers[N_CONTENDERS];

    for (size_t i = 0; i < N_CONTENDERS; i++) {
        racers[i] = (Racer){ CONTENDERS[i]->name, open_replay,  prepare_replay,
                             run_replay,          close_replay, &settings[i] };
    }
    (void)race_run(bench, &(Race){ .name = known->name,
                                   .title = known->title,
                                   .per = "entry",
                                   .racers = racers,
                                   .n_racers = N_CONTENDERS,
                                   .wanted = wanted,
                                   .n_wanted = G_N_ELEMENTS(wanted),
                                   .has_fixed_count = true,
                                   .divisor = 4 });
}

static void
measure_recording(Bench *bench, const Known *known)
{
    g_autofree char *path = g_build_filename(bench->recordings, known->file, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Recording) recording = recording_read(path, &error);
    g_autoptr(SparseFiles) files = NULL;
    ReplaySetting settings[N_CONTENDERS];

    files = recording != NULL ? sparse_files_new(recording, bench->directory, &error) : NULL;
    if (files == NULL) {
        fail("%s", error->message);
    }
    for (size_t i = 0; i < N_CONTENDERS; i++) {
        settings[i] = (ReplaySetting){ CONTENDERS[i], recording, files };
    }
    race_replays(bench, known, settings);
    report_areas(bench, known, settings);
}

void
workload_recordings(Bench *bench)
{
    static const Known RECORDINGS[] = {
        { "mmap-1g-file-64m-window.txt", "recording-mmap",
          "recording: a 1 GiB file read by mmap through a window of 64 MiB", "areas-mmap",
          "kernel areas after the recording of mmap", true },
        { "writes-1g-window.txt", "recording-writes",
          "recording: small writes and mmap through a window of 1 GiB", "areas-writes",
          "kernel areas after the recording of writes", false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(RECORDINGS); i++) {
        measure_recording(bench, &RECORDINGS[i]);
    }
}
