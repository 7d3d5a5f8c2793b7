/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h: the command line of replay. */
#pragma once

#include <daxwin/daxwin.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *path;           /* of the recording */
    uint64_t window_size; /* 0 for the recorded one */
    char *svg;            /* NULL for none */
    char *directory;      /* where files are made */
    gboolean wants_version;
} Options;

/* Reads the command line; false with an error. Prints the help and exits if that is asked for. */
bool options_parse(Options *options, int *argc, char ***argv, GError **error);

void options_clear(Options *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)
