/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h: the command line of daxfsd. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *socket_path;
    char *shared_dir;
    unsigned request_queues;
    bool keeps_listening;
    bool is_verbose;
    bool wants_version;
} Options;

/* Reads the command line; false with an error. Prints the help and exits if that is asked for. */
bool options_parse(Options *options, int *argc, char ***argv, GError **error);

void options_clear(Options *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)
