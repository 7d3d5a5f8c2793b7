/* SPDX-License-Identifier: BSD-3-Clause */
/* file.h: what is known about a file that is mapped. */
#pragma once

#include "host.h"

typedef struct {
    DaxwinFileId id; /* all zeros if a driver may show any file in its place */
    uint64_t size;   /* bytes, when it was mapped */
    size_t page;     /* bytes of the smallest piece that can be mapped */
} DaxwinFile;
