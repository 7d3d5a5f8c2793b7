/* SPDX-License-Identifier: BSD-3-Clause */
/* source.h: the files that the guest is shown. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* An open file. Those made here have no name any more: closing them removes them. */
typedef struct {
    char *name; /* for people */
    int fd;
    uint64_t size;
} Source;

/* Opens the regular, not empty file at @path; NULL with an error. */
Source *source_open(const char *path, GError **error);

/* Makes a file of @size bytes, a multiple of 4, that are always the same; NULL with an error. */
Source *source_generate(uint64_t size, GError **error);

/* Makes a writable file of what @source holds from @offset on; NULL with an error. */
Source *source_copy_end(const Source *source, uint64_t offset, GError **error);

/* Cuts the file down to @size bytes; what @source says of its size stays. */
bool source_truncate(const Source *source, uint64_t size, GError **error);

void source_free(Source *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)
