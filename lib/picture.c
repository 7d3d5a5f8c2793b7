/* SPDX-License-Identifier: BSD-3-Clause */
/* picture.c: an inventory of a window as a picture in text. */
#include "picture.h"

#include "mapping-private.h"

#include <daxwin/size.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/sysmacros.h>

enum {
    COLUMNS = 64,
    MOST_ROWS = 8,
    MOST_LETTERS = 26,
    GUEST_PIECE = 2 << 20, /* what Linux guests map at once */
    SIZE_LENGTH = 32
};

/* A bit of the window, one character wide. */
typedef struct {
    uint64_t bytes; /* that are mapped */
    size_t piece;   /* the last of those that have some */
} Column;

typedef struct {
    const DaxwinInventory *inventory;
    GString *text;
    int digits; /* of an offset */
    uint64_t column_size;
    size_t n_columns;
    Column columns[COLUMNS * MOST_ROWS];
} Picture;

/* Writes @bytes, a multiple of 1024, with the largest unit that makes it a whole number. */
static const char *
size_text(uint64_t bytes, char out[SIZE_LENGTH])
{
    const char *unit = "KMGTPE";
    uint64_t number = bytes / 1024;

    while (number != 0 && number % 1024 == 0) {
        number /= 1024;
        unit++;
    }
    (void)snprintf(out, SIZE_LENGTH, "%" PRIu64 " %ciB", number, *unit);
    return out;
}

/* A column stands for a piece of a guest, unless the window has too many of them for the rows there
 * may be, or too few for one row. */
static uint64_t
choose_column_size(uint64_t size)
{
    uint64_t least = MAX(size / (COLUMNS * MOST_ROWS), daxwin_host_page_size());

    return MAX(least, MIN(GUEST_PIECE, size / COLUMNS));
}

static int
count_digits(uint64_t number)
{
    int digits = 1;

    while (number > 15) {
        number /= 16;
        digits++;
    }
    return digits;
}

static void
fill_columns(Picture *picture, size_t index)
{
    DaxwinRange range = daxwin_mapping_range(&picture->inventory->pieces[index].mapping);
    size_t first = (size_t)(range.offset / picture->column_size);
    size_t last = (size_t)((daxwin_range_end(range) - 1) / picture->column_size);

    for (size_t i = first; i <= last; i++) {
        DaxwinRange column = { i * picture->column_size, picture->column_size };

        picture->columns[i].bytes += daxwin_range_intersect(column, range).length;
        picture->columns[i].piece = index;
    }
}

static bool
has_letters(const Picture *picture)
{
    return picture->inventory->n_pieces <= MOST_LETTERS;
}

static char
symbol_of_piece(const Picture *picture, size_t index)
{
    return has_letters(picture) ? (char)('a' + index) : ' ';
}

static char
symbol_of_column(const Picture *picture, const Column *column)
{
    if (column->bytes == 0) {
        return '.';
    }
    if (has_letters(picture)) {
        return symbol_of_piece(picture, column->piece);
    }
    if (column->bytes == picture->column_size) {
        return '#';
    }
    return column->bytes < picture->column_size / 2 ? '-' : '=';
}

static void
draw_title(const Picture *picture)
{
    const DaxwinInventory *inventory = picture->inventory;
    const DaxwinUsage *usage = &inventory->usage;
    char size[SIZE_LENGTH];
    char mapped[SIZE_LENGTH];

    g_string_append_printf(picture->text,
                           "%swindow of %s at 0x%" PRIxPTR ": %s mapped, %" PRIu64
                           " %%, by %zu mappings\n",
                           inventory->is_strict ? "strict " : "", size_text(inventory->size, size),
                           (uintptr_t)inventory->base, size_text(usage->bytes_mapped, mapped),
                           usage->bytes_mapped * 100 / inventory->size, usage->mappings);
}

static void
draw_rows(const Picture *picture)
{
    for (size_t start = 0; start < picture->n_columns; start += COLUMNS) {
        size_t end = MIN(start + COLUMNS, picture->n_columns);

        g_string_append_printf(picture->text, "0x%0*" PRIx64 " |", picture->digits,
                               start * picture->column_size);
        for (size_t i = start; i < end; i++) {
            g_string_append_c(picture->text, symbol_of_column(picture, &picture->columns[i]));
        }
        g_string_append(picture->text, "|\n");
    }
}

static void
draw_scale(const Picture *picture)
{
    char size[SIZE_LENGTH];

    g_string_append_printf(picture->text, "%*s  a column is %s: %s\n", picture->digits + 2, "",
                           size_text(picture->column_size, size),
                           has_letters(picture)
                               ? "a letter for each piece, . nothing"
                               : "# all of it mapped, = half or more, - less, . nothing");
}

static void
list_gap(const Picture *picture, DaxwinRange gap)
{
    char size[SIZE_LENGTH];

    if (gap.length > 0) {
        g_string_append_printf(picture->text, "0x%0*" PRIx64 " . %10s idle\n", picture->digits,
                               gap.offset, size_text(gap.length, size));
    }
}

static void
list_piece(const Picture *picture, size_t index)
{
    const DaxwinPiece *piece = &picture->inventory->pieces[index];
    const DaxwinMapping *mapping = &piece->mapping;
    char size[SIZE_LENGTH];

    g_string_append_printf(
        picture->text, "0x%0*" PRIx64 " %c %10s %c%c from 0x%" PRIx64, picture->digits,
        mapping->window_offset, symbol_of_piece(picture, index), size_text(mapping->length, size),
        (mapping->access & DAXWIN_ACCESS_READ) != 0 ? 'r' : '-',
        (mapping->access & DAXWIN_ACCESS_WRITE) != 0 ? 'w' : '-', mapping->file_offset);
    if (daxwin_file_id_is_known(&piece->file)) {
        g_string_append_printf(picture->text, " of inode %" PRIu64 " on %u:%u", piece->file.inode,
                               major(piece->file.device), minor(piece->file.device));
    }
    if (piece->mappings > 1) {
        g_string_append_printf(picture->text, ", %zu mappings", piece->mappings);
    }
    g_string_append_c(picture->text, '\n');
}

static void
list_pieces(const Picture *picture)
{
    size_t n = picture->inventory->n_pieces;
    size_t listed = MIN(n, MOST_LETTERS);

    for (size_t i = 0; i < listed; i++) {
        list_gap(picture, daxwin_inventory_gap_before(picture->inventory, i));
        list_piece(picture, i);
    }
    if (listed < n) {
        g_string_append_printf(picture->text, "%*s  and %zu more pieces\n", picture->digits + 2, "",
                               n - listed);
    } else {
        list_gap(picture, daxwin_inventory_gap_before(picture->inventory, n));
    }
}

static void
list_counters(const Picture *picture)
{
    const DaxwinInventory *inventory = picture->inventory;
    const DaxwinUsage *usage = &inventory->usage;

    g_string_append_printf(picture->text,
                           "now: %zu of %zu mappings, %zu of %zu kernel areas, %" PRIu64
                           " pages contained%s\n",
                           usage->mappings, inventory->max_mappings, usage->areas,
                           usage->area_budget, usage->contained_pages,
                           inventory->has_foreign ? ", foreign memory inside: no more maps" : "");
    g_string_append_printf(picture->text,
                           "since birth: %" PRIu64 " maps, %" PRIu64 " replaced, %" PRIu64
                           " unmaps, %" PRIu64 " refused, %" PRIu64 " lost, %" PRIu64
                           " pages contained\n",
                           usage->maps, usage->replaced, usage->unmaps, usage->refused, usage->lost,
                           usage->containments);
}

char *
daxwin_picture_draw(const DaxwinInventory *inventory)
{
    Picture picture = {
        .inventory = inventory,
        .text = g_string_new(NULL),
        .digits = count_digits(inventory->size - 1),
        .column_size = choose_column_size(inventory->size),
    };

    picture.n_columns = (size_t)(inventory->size / picture.column_size);
    for (size_t i = 0; i < inventory->n_pieces; i++) {
        fill_columns(&picture, i);
    }
    draw_title(&picture);
    draw_rows(&picture);
    draw_scale(&picture);
    list_pieces(&picture);
    list_counters(&picture);
    return g_string_free(picture.text, FALSE);
}
