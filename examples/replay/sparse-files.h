/* SPDX-License-Identifier: BSD-3-Clause */
/* sparse-files.h: files of the recorded sizes without anything in them. */
#pragma once

#include "recording.h"

typedef struct {
    int *fds;
    size_t n;
} SparseFiles;

/* Makes one nameless file for each of @recording, in @directory; NULL with an error. */
SparseFiles *sparse_files_new(const Recording *recording, const char *directory, GError **error);

void sparse_files_free(SparseFiles *files);

/* Opens one nameless file of @size bytes in @directory; -1 with an error. */
int sparse_files_open(const char *directory, uint64_t size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SparseFiles, sparse_files_free)
