/* SPDX-License-Identifier: BSD-3-Clause */
/* options.c: the command line of mini-vmm. */
#include "options.h"

#include "failure.h"

#include <inttypes.h>

/* The window starts at 2 GiB of a guest that has 32-bit addresses, and leaves the top to the PC. */
static const uint64_t BIGGEST_WINDOW = UINT64_C(1) << 30;

static const char SUMMARY[] =
    "Starts a small guest that reads FILE (by default one made for the occasion) through a DAX\n"
    "window, and prints the checksum that the guest computes: the same as cksum FILE prints.";

static const char DESCRIPTION[] =
    "Exit status: 0 if all went well, 1 if the guest touched idle memory or read something\n"
    "else than the file, 2 if the command line, the file or the host will not do.";

/* What the command line says, before anything is made of it. */
typedef struct {
    char **paths;
    char *cache_size;
    char *guest_arch;
    char *accel;
    gboolean touches_idle;
    gboolean truncates;
    gboolean wants_version;
} Raw;

static void
raw_clear(Raw *raw)
{
    g_strfreev(raw->paths);
    g_free(raw->cache_size);
    g_free(raw->guest_arch);
    g_free(raw->accel);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Raw, raw_clear)

static bool
read_command_line(Raw *raw, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "cache-size", 0, 0, G_OPTION_ARG_STRING, &raw->cache_size, "Size of the window (8M)",
          "SIZE" },
        { "accel", 0, 0, G_OPTION_ARG_STRING, &raw->accel,
          "What runs the guest: auto, kvm or soft (auto)", "NAME" },
        { "guest-arch", 0, 0, G_OPTION_ARG_STRING, &raw->guest_arch,
          "Whose rule for idle memory holds, e.g. ppc64 (this host's)", "NAME" },
        { "touch-idle", 0, 0, G_OPTION_ARG_NONE, &raw->touches_idle,
          "Let the guest touch idle memory at last", NULL },
        { "truncate-under-guest", 0, 0, G_OPTION_ARG_NONE, &raw->truncates,
          "Cut a copy of the file short while the guest reads it", NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &raw->wants_version, "Print the version", NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->paths, NULL, "[FILE]" },
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
    if (paths != NULL && g_strv_length(paths) > 1) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP, "more than one file: '%s'",
                    paths[1]);
        return false;
    }
    options->path = paths != NULL ? g_strdup(paths[0]) : NULL;
    return true;
}

static bool
set_window_size(Options *options, const char *text, GError **error)
{
    if (!daxwin_size_parse(text, &options->window_size, error)) {
        return false;
    }
    if (options->window_size == 0) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                    "cache size 0 means no window, and the guest has nothing to read through");
        return false;
    }
    if (!daxwin_size_check(options->window_size, error)) {
        return false;
    }
    if (options->window_size > BIGGEST_WINDOW) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                    "cache size %" PRIu64 " is more than the %" PRIu64
                    " that this guest with its 32-bit addresses has room for",
                    options->window_size, BIGGEST_WINDOW);
        return false;
    }
    return true;
}

static bool
set_guest_arch(Options *options, const char *name, GError **error)
{
    if (name == NULL) {
        options->guest_arch = daxwin_arch_native();
        return true;
    }
    return daxwin_arch_from_name(name, &options->guest_arch, error);
}

bool
options_parse(Options *options, int *argc, char ***argv, GError **error)
{
    g_auto(Raw) raw = { 0 };

    if (!read_command_line(&raw, argc, argv, error) || !set_path(options, raw.paths, error) ||
        !set_window_size(options, raw.cache_size != NULL ? raw.cache_size : "8M", error) ||
        !set_guest_arch(options, raw.guest_arch, error)) {
        return false;
    }
    options->accel = g_strdup(raw.accel != NULL ? raw.accel : "auto");
    options->touches_idle = raw.touches_idle;
    options->truncates = raw.truncates;
    options->wants_version = raw.wants_version;
    return true;
}

void
options_clear(Options *options)
{
    g_free(options->path);
    g_free(options->accel);
}
