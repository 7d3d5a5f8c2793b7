/* SPDX-License-Identifier: BSD-3-Clause */
/* options.c: the command line of daxfsd. */
#include "options.h"

#include "failure.h"

enum {
    MAX_REQUEST_QUEUES = 64
};

static const char SUMMARY[] =
    "Shares a directory, to be read and written, with the guest of a VMM that connects to the\n"
    "socket: a virtio-fs device as a vhost-user back end, with DAX if the VMM has a window.";

static const char DESCRIPTION[] =
    "The guest mounts it with: mount -t virtiofs TAG /mnt (-o dax to be sure of DAX).\n"
    "Run as root, files belong to whom the guest says. The guest's root may then make set-user-id\n"
    "files: share a directory that other users of this host cannot reach, or mount it nosuid.\n"
    "\n"
    "Exit status: 0 after a disconnect, SIGTERM or SIGINT, 1 if the VMM breaks the rules, 2 if\n"
    "the command line, the directory or the host will not do.";

static bool
read_command_line(Options *options, int *queues, int *argc, char ***argv, GError **error)
{
    gboolean keeps_listening = FALSE;
    gboolean is_verbose = FALSE;
    gboolean wants_version = FALSE;
    const GOptionEntry entries[] = {
        { "socket-path", 0, 0, G_OPTION_ARG_FILENAME, &options->socket_path,
          "Where to listen for the VMM", "PATH" },
        { "shared-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->shared_dir,
          "The directory the guest sees", "DIR" },
        { "queues", 0, 0, G_OPTION_ARG_INT, queues,
          "How many request queues the VMM may ask for, each served by a thread (8)", "N" },
        { "keep", 0, 0, G_OPTION_ARG_NONE, &keeps_listening,
          "Listen again after a disconnect, instead of exiting", NULL },
        { "verbose", 0, 0, G_OPTION_ARG_NONE, &is_verbose, "Tell what is going on", NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &wants_version, "Print the version", NULL },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    bool is_read;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, SUMMARY);
    g_option_context_set_description(context, DESCRIPTION);
    is_read = g_option_context_parse(context, argc, argv, error);
    options->keeps_listening = keeps_listening;
    options->is_verbose = is_verbose;
    options->wants_version = wants_version;
    return is_read;
}

static bool
check(const Options *options, int queues, const char *stray, GError **error)
{
    if (stray != NULL) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP, "stray argument '%s'", stray);
    } else if (options->socket_path == NULL) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP,
                    "--socket-path=PATH is missing, see --help");
    } else if (options->shared_dir == NULL) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP,
                    "--shared-dir=DIR is missing, see --help");
    } else if (queues < 1 || queues > MAX_REQUEST_QUEUES) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP,
                    "%d request queues are not between 1 and %d", queues, MAX_REQUEST_QUEUES);
    } else {
        return true;
    }
    return false;
}

bool
options_parse(Options *options, int *argc, char ***argv, GError **error)
{
    int queues = 8;

    if (!read_command_line(options, &queues, argc, argv, error)) {
        return false;
    }
    options->request_queues = (unsigned)queues;
    return options->wants_version || check(options, queues, (*argv)[1], error);
}

void
options_clear(Options *options)
{
    g_free(options->socket_path);
    g_free(options->shared_dir);
}
