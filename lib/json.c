/* SPDX-License-Identifier: BSD-3-Clause */
/* json.c: an inventory of a window as a JSON object. */
#include "json.h"

#include <inttypes.h>
#include <sys/sysmacros.h>

enum {
    MOST_PIECES = 1024
};

static void
put_number(GString *text, const char *name, uint64_t number)
{
    g_string_append_printf(text, "\"%s\": %" PRIu64 ", ", name, number);
}

static void
put_flag(GString *text, const char *name, bool flag)
{
    g_string_append_printf(text, "\"%s\": %s, ", name, flag ? "true" : "false");
}

static void
put_usage(GString *text, const DaxwinUsage *usage)
{
    put_number(text, "mappings", usage->mappings);
    put_number(text, "bytes-mapped", usage->bytes_mapped);
    put_number(text, "areas", usage->areas);
    put_number(text, "area-budget", usage->area_budget);
    put_number(text, "maps", usage->maps);
    put_number(text, "unmaps", usage->unmaps);
    put_number(text, "replaced", usage->replaced);
    put_number(text, "refused", usage->refused);
    put_number(text, "contained-pages", usage->contained_pages);
    put_number(text, "containments", usage->containments);
    put_number(text, "lost", usage->lost);
}

static void
put_gaps(GString *text, const DaxwinInventory *inventory)
{
    uint64_t gaps = 0;
    uint64_t largest = 0;

    for (size_t i = 0; i <= inventory->n_pieces; i++) {
        uint64_t length = daxwin_inventory_gap_before(inventory, i).length;

        gaps += length > 0;
        largest = MAX(largest, length);
    }
    put_number(text, "gaps", gaps);
    put_number(text, "largest-gap", largest);
}

static void
put_file(GString *text, const DaxwinPiece *piece)
{
    if (!daxwin_file_id_is_known(&piece->file)) {
        g_string_append(text, "\"device\": null, \"inode\": null, ");
        return;
    }
    g_string_append_printf(text, "\"device\": \"%u:%u\", ", major(piece->file.device),
                           minor(piece->file.device));
    put_number(text, "inode", piece->file.inode);
}

static void
put_piece(GString *text, const DaxwinPiece *piece)
{
    const DaxwinMapping *mapping = &piece->mapping;

    g_string_append_c(text, '{');
    put_number(text, "window-offset", mapping->window_offset);
    put_number(text, "length", mapping->length);
    put_number(text, "file-offset", mapping->file_offset);
    g_string_append_printf(text, "\"access\": \"%s%s\", ",
                           (mapping->access & DAXWIN_ACCESS_READ) != 0 ? "r" : "",
                           (mapping->access & DAXWIN_ACCESS_WRITE) != 0 ? "w" : "");
    put_file(text, piece);
    g_string_append_printf(text, "\"mappings\": %zu}", piece->mappings);
}

static void
put_pieces(GString *text, const DaxwinInventory *inventory)
{
    size_t listed = MIN(inventory->n_pieces, MOST_PIECES);

    put_number(text, "pieces-left-out", inventory->n_pieces - listed);
    g_string_append(text, "\"pieces\": [");
    for (size_t i = 0; i < listed; i++) {
        g_string_append(text, i > 0 ? ", " : "");
        put_piece(text, &inventory->pieces[i]);
    }
    g_string_append_c(text, ']');
}

char *
daxwin_json_write(const DaxwinInventory *inventory)
{
    GString *text = g_string_new("{");

    put_number(text, "size", inventory->size);
    g_string_append_printf(text, "\"base\": \"0x%" PRIxPTR "\", ", (uintptr_t)inventory->base);
    put_flag(text, "strict", inventory->is_strict);
    put_flag(text, "foreign", inventory->has_foreign);
    put_number(text, "max-mappings", inventory->max_mappings);
    put_usage(text, &inventory->usage);
    put_gaps(text, inventory);
    put_pieces(text, inventory);
    g_string_append_c(text, '}');
    return g_string_free(text, FALSE);
}
