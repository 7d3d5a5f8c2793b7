/* SPDX-License-Identifier: BSD-3-Clause */
/* options.c: the command line of replay. */
#include "options.h"

#include "failure.h"

static const char SUMMARY[] =
    "Plays what a guest once asked of its window to a real window, and tells how full and how\n"
    "busy that was, and what memory a window of this size costs in guest and host.";

static const char DESCRIPTION[] =
    "A RECORDING is text. A line '# window SIZE' gives the size of the window; other lines that\n"
    "begin with '#' say nothing. Every other line is one entry of a request, in ten columns:\n"
    "\n"
    "  microseconds  since the start\n"
    "  operation     map, unmap, or io for bytes that are moved past the window\n"
    "  entry/of      which entry of a request with how many\n"
    "  file          any name; - for unmap\n"
    "  file_size     in bytes\n"
    "  file_offset   hexadecimal, as are the next two and SIZE\n"
    "  window_offset for io a guest-physical address\n"
    "  length\n"
    "  access        r, w or rw; - for unmap\n"
    "  result        negative if it was refused, which is left out\n"
    "\n"
    "With another --cache-size, pieces get new places: see doc/replay.md.\n"
    "Exit status: 0 if all went well, 2 if the command line, the recording or the host will not\n"
    "do.";

/* What the command line says, before anything is made of it. */
typedef struct {
    char **paths;
    char *size;
} Raw;

static void
raw_clear(Raw *raw)
{
    g_strfreev(raw->paths);
    g_free(raw->size);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Raw, raw_clear)

static bool
read_command_line(Options *options, Raw *raw, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "cache-size", 0, 0, G_OPTION_ARG_STRING, &raw->size, "Size of the window (as recorded)",
          "SIZE" },
        { "svg", 0, 0, G_OPTION_ARG_FILENAME, &options->svg,
          "Draw occupancy and churn over time into FILE", "FILE" },
        { "directory", 0, 0, G_OPTION_ARG_FILENAME, &options->directory,
          "Where to make the sparse files that are mapped (/tmp)", "DIR" },
        { "version", 0, 0, G_OPTION_ARG_NONE, &options->wants_version, "Print the version", NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->paths, NULL, "RECORDING" },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, SUMMARY);
    g_option_context_set_description(context, DESCRIPTION);
    return g_option_context_parse(context, argc, argv, error);
}

static bool
set_path(Options *options, char **paths, GError **error)
{
    if (options->wants_version) {
        return true;
    }
    if (paths == NULL || g_strv_length(paths) != 1) {
        g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_SETUP, "one recording is wanted, not %u",
                    paths != NULL ? g_strv_length(paths) : 0);
        return false;
    }
    options->path = g_strdup(paths[0]);
    return true;
}

static bool
set_window_size(Options *options, const char *text, GError **error)
{
    return text == NULL || (daxwin_size_parse(text, &options->window_size, error) &&
                            daxwin_size_check(options->window_size, error));
}

bool
options_parse(Options *options, int *argc, char ***argv, GError **error)
{
    g_auto(Raw) raw = { 0 };

    if (!read_command_line(options, &raw, argc, argv, error) ||
        !set_path(options, raw.paths, error) || !set_window_size(options, raw.size, error)) {
        return false;
    }
    if (options->directory == NULL) {
        options->directory = g_strdup(g_get_tmp_dir());
    }
    return true;
}

void
options_clear(Options *options)
{
    g_free(options->path);
    g_free(options->svg);
    g_free(options->directory);
}
