/* SPDX-License-Identifier: BSD-3-Clause */
/* plot.c: a report as SVG charts, drawn by gnuplot. */
#include "plot.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char HEAD[] =
    "set terminal svg size 960,%u font 'sans-serif,13' background '#ffffff'\n"
    "set output '%s.svg'\n"
    "set grid\n"
    "set style fill solid 0.8 noborder\n";

bool
plot_check(GError **error)
{
    g_autofree char *path = g_find_program_in_path("gnuplot");

    if (path == NULL) {
        g_set_error_literal(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT,
                            "charts need gnuplot, which is not installed");
        return false;
    }
    return true;
}

/* Lets gnuplot draw what @script says. */
static bool
draw(const char *directory, const char *name, const GString *script, GError **error)
{
    g_autofree char *file = g_strdup_printf("%s.gnuplot", name);
    g_autofree char *path = g_build_filename(directory, file, NULL);
    char *command[] = { (char *)"gnuplot", file, NULL };
    g_autofree char *errors = NULL;
    int status;

    if (!g_file_set_contents(path, script->str, (gssize)script->len, error) ||
        !g_spawn_sync(directory, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &errors,
                      &status, error)) {
        return false;
    }
    if (!g_spawn_check_wait_status(status, NULL)) {
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "gnuplot cannot draw %s", path);
        return false;
    }
    (void)remove(path);
    return true;
}

/* Adds a number as gnuplot wants it, in any locale. */
static void
add_number(GString *script, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_c(script, ' ');
    g_string_append(script, g_ascii_formatd(text, sizeof text, "%.6g", value));
}

static void
add_ratio(GString *data, const Entry *entry, const Figure *figure, unsigned place)
{
    g_string_append_printf(data, "\"%s: %s\"", entry->name, figure->name);
    add_number(data, place);
    add_number(data, figure->value.median);
    add_number(data, figure->value.low);
    add_number(data, figure->value.high);
    add_number(data, figure->goal.limit);
    g_string_append_c(data, '\n');
}

/* Adds the ratios that have a goal; returns how many. */
static unsigned
add_ratios(GString *data, const Report *report)
{
    unsigned count = 0;

    for (guint i = 0; i < report->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(report->entries, i);

        for (guint k = 0; k < entry->figures->len; k++) {
            const Figure *figure = &g_array_index(entry->figures, Figure, k);

            if (figure->goal.kind != GOAL_NONE && strcmp(figure->unit, "x") == 0) {
                add_ratio(data, entry, figure, count++);
            }
        }
    }
    return count;
}

static bool
draw_ratios(const Report *report, const char *directory, GError **error)
{
    g_autoptr(GString) data = g_string_new(NULL);
    g_autoptr(GString) script = g_string_new(NULL);
    unsigned count = add_ratios(data, report);

    if (count == 0) {
        return true;
    }
    g_string_printf(script, HEAD, 80 + 24 * count, "ratios");
    g_string_append_printf(script,
                           "$data << end\n%send\n"
                           "set title 'ratios with quartiles, and what was wanted of them'\n"
                           "set yrange [%u.5:-0.5]\nset xrange [0:*]\n"
                           "set key outside bottom center horizontal\n"
                           "plot $data using 3:2:4:5:ytic(1) with xerrorbars pointtype 7 title "
                           "'measured', $data using 6:2 with points pointtype 2 title 'goal'\n",
                           data->str, count - 1);
    return draw(directory, "ratios", script, error);
}

/* Whether @name is of the family "pair-N"; N goes to *live. */
static bool
is_pair(const char *name, uint64_t *live)
{
    const char prefix[] = "pair-";

    return g_str_has_prefix(name, prefix) &&
           g_ascii_string_to_unsigned(name + strlen(prefix), 10, 1, G_MAXUINT64, live, NULL);
}

/* Adds the durations of one contender over the number of live mappings. */
static void
add_line(GString *script, const Report *report, const char *contender)
{
    for (guint i = 0; i < report->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(report->entries, i);
        uint64_t live;

        for (guint k = 0; is_pair(entry->name, &live) && k < entry->durations->len; k++) {
            const Duration *duration = &g_array_index(entry->durations, Duration, k);

            if (strcmp(duration->contender, contender) == 0) {
                add_number(script, (double)live);
                add_number(script, duration->nanoseconds.median / 1000);
                add_number(script, duration->nanoseconds.low / 1000);
                add_number(script, duration->nanoseconds.high / 1000);
                g_string_append_c(script, '\n');
            }
        }
    }
}

static const Entry *
find_pair(const Report *report)
{
    for (guint i = 0; i < report->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(report->entries, i);
        uint64_t live;

        if (is_pair(entry->name, &live)) {
            return entry;
        }
    }
    return NULL;
}

static bool
draw_pair(const Report *report, const char *directory, GError **error)
{
    g_autoptr(GString) script = g_string_new(NULL);
    const Entry *entry = find_pair(report);

    if (entry == NULL) {
        return true;
    }
    g_string_printf(script, HEAD, 480, "pair");
    g_string_append(script, "set logscale x\nset yrange [0:*]\nset key outside right\n"
                            "set xlabel 'live mappings'\n"
                            "set ylabel 'microseconds for one map and one unmap'\n");
    for (guint i = 0; i < entry->durations->len; i++) {
        g_string_append_printf(script, "$data%u << end\n", i);
        add_line(script, report, g_array_index(entry->durations, Duration, i).contender);
        g_string_append(script, "end\n");
    }
    g_string_append(script, "plot ");
    for (guint i = 0; i < entry->durations->len; i++) {
        g_string_append_printf(script, "%s$data%u using 1:2:3:4 with yerrorlines title '%s'",
                               i == 0 ? "" : ", ", i,
                               g_array_index(entry->durations, Duration, i).contender);
    }
    g_string_append_c(script, '\n');
    return draw(directory, "pair", script, error);
}

/* Adds the durations of the entries that are recordings. */
static unsigned
add_recordings(GString *data, const Report *report)
{
    unsigned count = 0;

    for (guint i = 0; i < report->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(report->entries, i);
        bool is_recording = g_str_has_prefix(entry->name, "recording-");

        for (guint k = 0; is_recording && k < entry->durations->len; k++) {
            const Duration *duration = &g_array_index(entry->durations, Duration, k);

            g_string_append_printf(data, "\"%s: %s\" %u", entry->name, duration->contender,
                                   count++);
            add_number(data, duration->nanoseconds.median / 1000);
            g_string_append_c(data, '\n');
        }
    }
    return count;
}

static bool
draw_recordings(const Report *report, const char *directory, GError **error)
{
    g_autoptr(GString) data = g_string_new(NULL);
    g_autoptr(GString) script = g_string_new(NULL);
    unsigned count = add_recordings(data, report);

    if (count == 0) {
        return true;
    }
    g_string_printf(script, HEAD, 80 + 24 * count, "recordings");
    g_string_append_printf(script,
                           "$data << end\n%send\n"
                           "set xlabel 'microseconds for one recorded entry'\n"
                           "set yrange [%u.5:-0.5]\nset xrange [0:*]\nunset key\n"
                           "plot $data using ($3/2):2:($3/2):(0.35):ytic(1) with boxxyerror\n",
                           data->str, count - 1);
    return draw(directory, "recordings", script, error);
}

bool
plot_write(const Report *report, const char *directory, GError **error)
{
    if (g_mkdir_with_parents(directory, 0777) != 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", directory,
                    g_strerror(errno));
        return false;
    }
    return draw_ratios(report, directory, error) && draw_pair(report, directory, error) &&
           draw_recordings(report, directory, error);
}
