/* SPDX-License-Identifier: BSD-3-Clause */
/* picture.c: what lies where in a window, drawn in text. */
#include "picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_COLUMNS = 64,
    MOST_LINES = 16
};

typedef struct {
    uint64_t column_size; /* how much of the window a column stands for */
    char row[MOST_COLUMNS + 1];
    GString *legend;
    size_t mappings;
} Picture;

static char
letter_of(size_t index)
{
    return (char)('a' + index % 26);
}

static void
draw_mapping(const DaxwinMapping *mapping, void *user_data)
{
    Picture *picture = user_data;
    uint64_t first = mapping->window_offset / picture->column_size;
    uint64_t last = (mapping->window_offset + mapping->length - 1) / picture->column_size;
    char letter = letter_of(picture->mappings);

    for (uint64_t i = first; i <= last; i++) {
        picture->row[i] = letter;
    }
    if (picture->mappings < MOST_LINES) {
        g_autofree char *text = daxwin_mapping_to_string(mapping);

        g_string_append_printf(picture->legend, "   %c         %s\n", letter, text);
    }
    picture->mappings++;
}

static void
picture_start(Picture *picture, uint64_t window_size)
{
    uint64_t columns = MIN(MOST_COLUMNS, window_size / daxwin_host_page_size());

    picture->column_size = window_size / columns;
    memset(picture->row, '.', columns);
    picture->row[columns] = '\0';
    picture->legend = g_string_new(NULL);
    picture->mappings = 0;
}

void
picture_print(DaxwinWindow *window)
{
    Picture picture;

    picture_start(&picture, daxwin_window_get_size(window));
    daxwin_window_foreach(window, draw_mapping, &picture);
    printf("picture      [%s] a column is %" PRIu64 " KiB\n", picture.row,
           picture.column_size / 1024);
    fputs(picture.legend->str, stdout);
    if (picture.mappings > MOST_LINES) {
        printf("             and %zu more\n", picture.mappings - MOST_LINES);
    }
    g_string_free(picture.legend, TRUE);
}
