/* SPDX-License-Identifier: BSD-3-Clause */
/* machine.h: where figures come from. */
#pragma once

#include <stddef.h>

typedef struct {
    char *date;       /* UTC */
    char *kernel;     /* e.g. "Linux 6.18.44 x86_64" */
    char *processor;  /* its model, or "unknown" */
    char *filesystem; /* of the files that are mapped, e.g. "ext4" or a number */
    unsigned processors;
    size_t page_size;
    const char *library; /* the version of libdaxwin */
    const char *build;   /* meson's buildtype */
} Machine;

Machine *machine_new(const char *directory);

void machine_free(Machine *machine);
