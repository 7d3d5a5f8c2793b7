/* SPDX-License-Identifier: BSD-3-Clause */
/* options.c: the command line of daxwin-bench. */
#include "options.h"

static const char SUMMARY[] =
    "Measures libdaxwin against the bare system calls, and against other ways to do the same.\n"
    "Without names it measures everything, which takes some minutes; do nothing else meanwhile.";

static const char DESCRIPTION[] =
    "First the bare calls are measured against themselves. If they differ by more than 3 %, the\n"
    "machine is too busy for figures, and the program says so and ends.\n"
    "Exit status: 0 if all was measured, 1 if the machine is too busy, 2 if the command line or\n"
    "the host will not do.";

bool
options_parse(Options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "json", 0, 0, G_OPTION_ARG_FILENAME, &options->json, "Write the figures to FILE too",
          "FILE" },
        { "plot", 0, 0, G_OPTION_ARG_FILENAME, &options->plots, "Draw charts in DIR, by gnuplot",
          "DIR" },
        { "directory", 0, 0, G_OPTION_ARG_FILENAME, &options->directory,
          "Where to make the files that are mapped: on a block device (/tmp)", "DIR" },
        { "recordings", 0, 0, G_OPTION_ARG_FILENAME, &options->recordings,
          "Where the recordings are", "DIR" },
        { "quick", 0, 0, G_OPTION_ARG_NONE, &options->is_quick,
          "Only show that it works: few rounds, worthless figures", NULL },
        { "anyway", 0, 0, G_OPTION_ARG_NONE, &options->is_forced,
          "Go on although the machine is busy", NULL },
        { "list", 0, 0, G_OPTION_ARG_NONE, &options->wants_list, "List what can be measured",
          NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->workloads, NULL,
          "[NAME...]" },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, SUMMARY);
    g_option_context_set_description(context, DESCRIPTION);
    if (!g_option_context_parse(context, argc, argv, error)) {
        return false;
    }
    if (options->directory == NULL) {
        options->directory = g_strdup(g_get_tmp_dir());
    }
    if (options->recordings == NULL) {
        options->recordings = g_strdup(BENCH_RECORDINGS);
    }
    return true;
}

void
options_clear(Options *options)
{
    g_strfreev(options->workloads);
    g_free(options->json);
    g_free(options->plots);
    g_free(options->directory);
    g_free(options->recordings);
}
