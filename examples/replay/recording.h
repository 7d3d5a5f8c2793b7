/* SPDX-License-Identifier: BSD-3-Clause */
/* recording.h: what a guest once asked of its window, read from a text file. */
#pragma once

#include <daxwin/daxwin.h>

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    RECORDED_MAP,
    RECORDED_UNMAP,
    RECORDED_IO
} RecordedKind;

/* One entry of one request. */
typedef struct {
    uint64_t microseconds; /* since the recording began */
    RecordedKind kind;
    unsigned entries;       /* how many the request had */
    size_t file;            /* an index into the files; without meaning for an unmap */
    uint64_t file_offset;   /* in bytes */
    uint64_t window_offset; /* in bytes; for RECORDED_IO a guest-physical address */
    uint64_t length;        /* in bytes */
    DaxwinAccess access;    /* for RECORDED_IO, WRITE is from the guest to the file */
} RecordedStep;

typedef struct {
    char *name;
    uint64_t size; /* in bytes, the biggest it was seen to have */
} RecordedFile;

typedef struct {
    uint64_t window_size;
    GArray *steps; /* of RecordedStep, in order */
    GArray *files; /* of RecordedFile */
} Recording;

/* Reads a recording; NULL with an error that names the line. */
Recording *recording_read(const char *path, GError **error);

void recording_free(Recording *recording);

static inline const RecordedStep *
recording_step(const Recording *recording, size_t i)
{
    return &g_array_index(recording->steps, RecordedStep, i);
}

static inline const RecordedFile *
recording_file(const Recording *recording, size_t i)
{
    return &g_array_index(recording->files, RecordedFile, i);
}

/* Whether the step takes away all there is in the window. */
bool recording_is_clear(const Recording *recording, const RecordedStep *step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recording, recording_free)
