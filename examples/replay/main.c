/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c: plays a recording to a window, for those who wonder how big theirs should be. */
#include "failure.h"
#include "options.h"
#include "player.h"
#include "progress.h"
#include "show.h"
#include "svg.h"

#include <stdio.h>

enum {
    CANNOT_RUN = 2
};

/* A PlayerProgressFunc over a Progress. */
static void
show_progress(size_t done, size_t all, void *user_data)
{
    progress_update(user_data, done, all);
}

static bool
play(const PlayerSetting *setting, PlayerResult *result, GError **error)
{
    Progress progress;
    bool is_done;

    progress_start(&progress);
    is_done = player_run(setting, show_progress, &progress, result, error);
    progress_hide(&progress);
    return is_done;
}

static bool
flush(GError **error)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        failure_set_from_errno(error, "standard output");
        return false;
    }
    return true;
}

static bool
run(const Options *options, GError **error)
{
    g_autoptr(Recording) recording = recording_read(options->path, error);
    g_autoptr(PlayerResult) result = g_new0(PlayerResult, 1);
    PlayerSetting setting = { .recording = recording, .directory = options->directory };

    if (recording == NULL) {
        return false;
    }
    setting.window_size = options->window_size != 0 ? options->window_size : recording->window_size;
    if (!daxwin_size_check(setting.window_size, error) || !play(&setting, result, error)) {
        return false;
    }
    show_recording(&setting);
    show_counters(&setting, result);
    show_occupancy(&result->history);
    show_fullest(result);
    show_costs(&setting, result);
    return options->svg == NULL || svg_write(&result->history, options->svg, error);
}

int
main(int argc, char **argv)
{
    g_auto(Options) options = { 0 };
    g_autoptr(GError) error = NULL;
    bool is_good = options_parse(&options, &argc, &argv, &error);

    if (is_good && options.wants_version) {
        printf("replay, with libdaxwin %s\n", daxwin_version_string());
    } else if (is_good) {
        is_good = run(&options, &error);
    }
    if (!is_good || !flush(&error)) {
        fprintf(stderr, "replay: %s\n", error->message);
        return CANNOT_RUN;
    }
    return 0;
}
