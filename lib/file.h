/* SPDX-License-Identifier: BSD-3-Clause */
/* file.h: what is known about a file that is mapped. */
#pragma once

#include "host.h"

/* Whether @id names a file; otherwise a driver may show any in its place. */
static inline bool
daxwin_file_id_is_known(const DaxwinFileId *id)
{
    return id->device != 0 || id->inode != 0;
}

static inline bool
daxwin_file_id_is_equal(const DaxwinFileId *a, const DaxwinFileId *b)
{
    return a->device == b->device && a->inode == b->inode;
}

typedef struct {
    DaxwinFileId id; /* all zeros if it is not known */
    uint64_t size;   /* bytes, when it was mapped */
    size_t page;     /* bytes of the smallest piece that can be mapped */
} DaxwinFile;
