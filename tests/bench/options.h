/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h: the command line of daxwin-bench. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char **workloads; /* names; NULL for all */
    char *json;       /* NULL for none */
    char *plots;      /* NULL for none */
    char *directory;
    char *recordings;
    gboolean is_quick;
    gboolean is_forced;
    gboolean wants_list;
} Options;

/* Reads the command line; false with an error. Prints the help and exits if that is asked for. */
bool options_parse(Options *options, int *argc, char ***argv, GError **error);

void options_clear(Options *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)
