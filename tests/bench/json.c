/* SPDX-License-Identifier: BSD-3-Clause */
/* json.c: a report for programs. */
#include "json.h"

/* Adds a number as JSON wants it, in any locale. */
static void
add_number(GString *json, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(json, "\"%s\": %s", key,
                           g_ascii_formatd(text, sizeof text, "%.6g", value));
}

static void
add_string(GString *json, const char *key, const char *value)
{
    g_string_append_printf(json, "\"%s\": \"", key);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            g_string_append_c(json, '\\');
        }
        g_string_append_c(json, (unsigned char)*at < ' ' ? ' ' : *at);
    }
    g_string_append_c(json, '"');
}

static void
add_quartiles(GString *json, Quartiles value)
{
    add_number(json, "low", value.low);
    g_string_append(json, ", ");
    add_number(json, "median", value.median);
    g_string_append(json, ", ");
    add_number(json, "high", value.high);
}

static void
add_goal(GString *json, const Figure *figure)
{
    if (figure->goal.kind == GOAL_NONE) {
        return;
    }
    g_string_append(json, ", ");
    add_number(json, figure->goal.kind == GOAL_AT_MOST ? "at_most" : "at_least",
               figure->goal.limit);
    g_string_append_printf(json, ", \"is_met\": %s", figure_meets_goal(figure) ? "true" : "false");
}

static void
add_durations(GString *json, const Entry *entry)
{
    g_string_append(json, "\"durations\": [");
    for (guint i = 0; i < entry->durations->len; i++) {
        const Duration *duration = &g_array_index(entry->durations, Duration, i);

        g_string_append(json, i == 0 ? "\n        {" : ",\n        {");
        add_string(json, "contender", duration->contender);
        g_string_append(json, ", ");
        add_quartiles(json, duration->nanoseconds);
        g_string_append_c(json, '}');
    }
    g_string_append(json, "],\n      ");
}

static void
add_figures(GString *json, const Entry *entry)
{
    g_string_append(json, "\"figures\": [");
    for (guint i = 0; i < entry->figures->len; i++) {
        const Figure *figure = &g_array_index(entry->figures, Figure, i);

        g_string_append(json, i == 0 ? "\n        {" : ",\n        {");
        add_string(json, "name", figure->name);
        g_string_append(json, ", ");
        add_string(json, "unit", figure->unit);
        g_string_append(json, ", ");
        add_quartiles(json, figure->value);
        add_goal(json, figure);
        g_string_append_c(json, '}');
    }
    g_string_append(json, "]");
}

static void
add_entries(GString *json, const Report *report)
{
    g_string_append(json, "  \"workloads\": [");
    for (guint i = 0; i < report->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(report->entries, i);

        g_string_append(json, i == 0 ? "\n    {" : ",\n    {");
        add_string(json, "name", entry->name);
        g_string_append(json, ", ");
        add_string(json, "title", entry->title);
        g_string_append(json, ", ");
        add_string(json, "per", entry->per);
        g_string_append(json, ",\n      ");
        add_durations(json, entry);
        add_figures(json, entry);
        g_string_append_c(json, '}');
    }
    g_string_append(json, "],\n");
}

static void
add_machine(GString *json, const Machine *machine)
{
    const char *const texts[][2] = {
        { "date", machine->date },           { "kernel", machine->kernel },
        { "processor", machine->processor }, { "filesystem", machine->filesystem },
        { "library", machine->library },     { "build", machine->build },
    };

    g_string_append(json, "  \"machine\": {");
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        add_string(json, texts[i][0], texts[i][1]);
        g_string_append(json, ", ");
    }
    g_string_append_printf(json, "\"processors\": %u, \"page_size\": %zu},\n", machine->processors,
                           machine->page_size);
}

static void
add_skipped(GString *json, const Report *report)
{
    g_string_append(json, "  \"skipped\": [");
    for (guint i = 0; i < report->skipped->len; i++) {
        g_string_append(json, i == 0 ? "{" : ", {");
        add_string(json, "reason", g_ptr_array_index(report->skipped, i));
        g_string_append_c(json, '}');
    }
    g_string_append(json, "]\n");
}

bool
json_write(const Report *report, const Machine *machine, const char *path, GError **error)
{
    g_autoptr(GString) json = g_string_new("{\n");

    add_machine(json, machine);
    g_string_append_printf(json, "  \"is_quick\": %s,\n  \"null\": {",
                           report->is_quick ? "true" : "false");
    add_quartiles(json, report->null);
    g_string_append_printf(json, ", \"is_good\": %s},\n", report->has_good_null ? "true" : "false");
    add_entries(json, report);
    add_skipped(json, report);
    g_string_append(json, "}\n");
    return g_file_set_contents(path, json->str, (gssize)json->len, error);
}
