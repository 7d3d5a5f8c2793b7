/* SPDX-License-Identifier: BSD-3-Clause */
/* player.h: plays a recording to a window, and counts. */
#pragma once

#include "history.h"
#include "recording.h"

typedef struct {
    const Recording *recording;
    uint64_t window_size;
    const char *directory; /* where the files are made */
} PlayerSetting;

typedef struct {
    History history;
    DaxwinUsage usage;    /* at the end */
    uint64_t hits;        /* maps that were not needed */
    uint64_t evictions;   /* pieces given up for others */
    uint64_t transfers;   /* by which bytes were moved past the window */
    uint64_t bytes_moved; /* by these */
    uint64_t bytes_laid;  /* by all maps */
    uint64_t peak_bytes;  /* mapped at once */
    size_t peak_mappings;
    size_t peak_areas;    /* of the kernel, where it was looked */
    int64_t microseconds; /* in the library */
    uint64_t requests;
    char *picture; /* of the window when it was fullest */
} PlayerResult;

void player_result_free(PlayerResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlayerResult, player_result_free)

/* Called now and then. */
typedef void (*PlayerProgressFunc)(size_t done, size_t all, void *user_data);

/* Plays the recording; false with an error that names the step. */
bool player_run(const PlayerSetting *setting, PlayerProgressFunc progress, void *user_data,
                PlayerResult *result, GError **error);
