/* SPDX-License-Identifier: BSD-3-Clause */
/* stage.h: a window with a stretch that somebody is about to map over, and how it fared. */
#pragma once

#include "refused-files.h"
#include "support/snapshot.h"

typedef struct {
    DaxwinWindow *window;
    Snapshot *before;
    DaxwinMapping target;
    int fd;
    int old_fd; /* mapped around and beneath the target; -1 over an idle stretch */
} Stage;

static inline uint64_t
stage_old_length(const Stage *stage)
{
    return 3 * stage->target.length;
}

/* Lays the old mapping from the start of the window to behind the target. */
static inline bool
stage_map_old(Stage *stage)
{
    uint64_t length = stage_old_length(stage);
    DaxwinMapping old = { 0, 0, length, DAXWIN_ACCESS_READ };

    stage->old_fd = new_marked_file(1, length / pages(1));
    return stage->old_fd >= 0 && daxwin_window_map(stage->window, stage->old_fd, &old, NULL);
}

/* A window that is four times as long as the target and empty, or live around it. */
static inline bool
stage_init(Stage *stage, const RefusedFile *file, int fd, bool is_live)
{
    uint64_t length = refused_file_length(fd);

    *stage = (Stage){ .fd = fd, .old_fd = -1 };
    stage->target =
        (DaxwinMapping){ length, file->file_offset, length, (DaxwinAccess)file->access };
    stage->window = daxwin_window_new(4 * length, DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    if (stage->window == NULL || (is_live && !stage_map_old(stage))) {
        return false;
    }
    stage->before = snapshot_new(stage->window);
    return true;
}

static inline void
stage_clear(Stage *stage)
{
    g_clear_pointer(&stage->before, snapshot_free);
    g_clear_pointer(&stage->window, daxwin_window_unref);
    if (stage->old_fd >= 0) {
        (void)close(stage->old_fd);
    }
}

static inline void *
stage_address(const Stage *stage)
{
    return (char *)daxwin_window_get_base(stage->window) + stage->target.window_offset;
}

static inline int
stage_protection(const Stage *stage)
{
    return (stage->target.access & DAXWIN_ACCESS_WRITE) != 0 ? PROT_READ | PROT_WRITE : PROT_READ;
}

/* What has become of the window since the stage was set, in one word. */
static inline const char *
stage_verdict(const Stage *stage)
{
    g_autoptr(Snapshot) now = snapshot_new(stage->window);

    if (snapshot_is_equal(stage->before, now)) {
        return "intact";
    }
    if (now->has_hole) {
        return "hole";
    }
    return now->agrees ? "old mapping lost" : "not as listed";
}
