/* SPDX-License-Identifier: BSD-3-Clause */
/* contenders.h: ways to put pieces of files into a window, ours and those we are measured against.
 */
#pragma once

#include <daxwin/daxwin.h>

/* The functions do not fail: they end the program. */
typedef struct {
    const char *name; /* a constant string */
    void *(*open)(uint64_t size);
    void (*close)(void *window);
    void (*map)(void *window, int fd, const DaxwinMapping *mapping);
    void (*unmap)(void *window, uint64_t offset, uint64_t length);
    char *(*base)(void *window);
} Contender;

extern const Contender OURS;

/* The limit: one mmap() for a map and one for an unmap, nothing checked, nothing remembered. */
extern const Contender BARE;

/* The limit once more, under a name of its own. */
extern const Contender BARE_AGAIN;

/* The limit, and the one fstat() without which nobody knows what is being mapped. */
extern const Contender BARE_AND_FSTAT;

/* The handlers of the QEMU series of 2021: the bounds are checked, and nothing else. */
extern const Contender SERIES_2021;

/* The same, and the fstat(). */
extern const Contender SERIES_2021_AND_FSTAT;

/* crosvm's arena: a shared anonymous reservation, and advice for every mapping. */
extern const Contender CROSVM;

/* Mapped elsewhere and then moved, for all files. */
extern const Contender STAGED;
