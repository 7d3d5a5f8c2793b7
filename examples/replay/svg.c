/* SPDX-License-Identifier: BSD-3-Clause */
/* svg.c: how full a window was, and how busy, as a picture. */
#include "svg.h"

static const double MIB = 1024.0 * 1024.0;

/* In SVG's units, with one column of the history being three wide. */
enum {
    COLUMN = 3,
    LEFT = 64,
    TOP = 32,
    WIDTH = COLUMN * HISTORY_COLUMNS,
    HEIGHT = 160,
    BETWEEN = 48,
    BOTTOM = 40,
    N_LINES = 4
};

/* One of the two charts: what it shows of a column, and how much reaches the top. */
typedef struct {
    const char *title;
    const char *colour;
    const char *unit;
    int top;
    double most;
    double (*value)(const History *history, size_t column);
} Chart;

static double
occupancy(const History *history, size_t column)
{
    return 100.0 * (double)history->columns[column].most_bytes / (double)history->window_size;
}

static double
churn(const History *history, size_t column)
{
    return (double)history->columns[column].bytes_laid / MIB / history_column_seconds(history);
}

static void
add_axes(GString *svg, const Chart *chart)
{
    g_string_append_printf(svg, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n", LEFT,
                           chart->top - 8, chart->title);
    for (int i = 0; i <= N_LINES; i++) {
        int y = chart->top + HEIGHT - HEIGHT * i / N_LINES;

        g_string_append_printf(svg,
                               "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#ccc\"/>\n"
                               "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f%s</text>\n",
                               LEFT, y, LEFT + WIDTH, y, LEFT - 6, y + 4, chart->most * i / N_LINES,
                               chart->unit);
    }
}

static void
add_chart(GString *svg, const History *history, const Chart *chart)
{
    int bottom = chart->top + HEIGHT;

    add_axes(svg, chart);
    g_string_append_printf(svg, "<path fill=\"%s\" fill-opacity=\"0.7\" d=\"M%d %d", chart->colour,
                           LEFT, bottom);
    for (size_t i = 0; i < HISTORY_COLUMNS; i++) {
        double height = HEIGHT * chart->value(history, i) / chart->most;

        g_string_append_printf(svg, " V%.1f h%d", bottom - height, COLUMN);
    }
    g_string_append_printf(svg, " V%d Z\"/>\n", bottom);
}

static double
find_most(const History *history)
{
    double most = 1;

    for (size_t i = 0; i < HISTORY_COLUMNS; i++) {
        most = MAX(most, churn(history, i));
    }
    return most;
}

bool
svg_write(const History *history, const char *path, GError **error)
{
    g_autoptr(GString) svg = g_string_new(NULL);
    const Chart charts[] = {
        { "occupancy", "#2166ac", " %", TOP, 100, occupancy },
        { "MiB mapped a second", "#b2182b", "", TOP + HEIGHT + BETWEEN, find_most(history), churn },
    };
    int bottom = TOP + 2 * HEIGHT + BETWEEN;

    g_string_append_printf(svg,
                           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                           "font-family=\"sans-serif\" font-size=\"12\">\n"
                           "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                           LEFT + WIDTH + BOTTOM, bottom + BOTTOM);
    for (size_t i = 0; i < G_N_ELEMENTS(charts); i++) {
        add_chart(svg, history, &charts[i]);
    }
    g_string_append_printf(svg,
                           "<text x=\"%d\" y=\"%d\">0 s</text>\n"
                           "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f s</text>\n</svg>\n",
                           LEFT, bottom + 20, LEFT + WIDTH, bottom + 20,
                           (double)history->microseconds / G_USEC_PER_SEC);
    return g_file_set_contents(path, svg->str, (gssize)svg->len, error);
}
