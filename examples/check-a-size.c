/* SPDX-License-Identifier: BSD-3-Clause */
/* check-a-size.c: tells for each size on the command line whether a window can have it. */
#include <daxwin/daxwin.h>

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>

enum {
    STATUS_GOOD = 0,
    STATUS_BAD_SIZE = 1,
    STATUS_USAGE = 2
};

static bool
check(const char *text)
{
    g_autoptr(GError) error = NULL;
    const char *caution;
    uint64_t size;

    if (!daxwin_size_parse(text, &size, &error)) {
        fprintf(stderr, "check-a-size: %s\n", error->message);
        return false;
    }
    /* A user who says 0 wants no window: a VMM then creates none. */
    if (size == 0) {
        printf("%s: no window\n", text);
        return true;
    }
    if (!daxwin_size_check(size, &error)) {
        fprintf(stderr, "check-a-size: %s\n", error->message);
        return false;
    }
    caution = daxwin_size_caution(size);
    printf("%s: %" PRIu64 " bytes, %s\n", text, size, caution != NULL ? caution : "good");
    return true;
}

static char **
read_command_line(int argc, char **argv, GError **error)
{
    char **sizes = NULL;
    const GOptionEntry entries[] = {
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &sizes, NULL, "SIZE..." },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, "Tells for each SIZE, such as 16G, 2m, 65536 or "
                                          "0x200000, whether a DAX window can have it.");
    g_option_context_set_description(
        context, "Exit status: 0 if all can be had, 1 if one cannot, 2 for a bad command line.");
    if (g_option_context_parse(context, &argc, &argv, error) && sizes == NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "no size is given, see --help");
    }
    return sizes;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) sizes = NULL;
    int status = STATUS_GOOD;

    setlocale(LC_CTYPE, "");
    sizes = read_command_line(argc, argv, &error);
    if (error != NULL) {
        fprintf(stderr, "check-a-size: %s\n", error->message);
        return STATUS_USAGE;
    }
    for (size_t i = 0; sizes[i] != NULL; i++) {
        if (!check(sizes[i])) {
            status = STATUS_BAD_SIZE;
        }
    }
    return status;
}
