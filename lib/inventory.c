/* SPDX-License-Identifier: BSD-3-Clause */
/* inventory.c: all that a window holds and has done, at one moment. */
#include "inventory.h"

#include "window-private.h"

static bool
continues(const DaxwinPiece *piece, const DaxwinTableEntry *entry)
{
    return daxwin_file_id_is_known(&piece->file) &&
           daxwin_file_id_is_equal(&piece->file, &entry->file.id) &&
           daxwin_mapping_continues(&piece->mapping, &entry->mapping);
}

static void
add_entry(DaxwinInventory *inventory, const DaxwinTableEntry *entry)
{
    if (inventory->n_pieces > 0) {
        DaxwinPiece *last = &inventory->pieces[inventory->n_pieces - 1];

        if (continues(last, entry)) {
            last->mapping.length += entry->mapping.length;
            last->mappings++;
            return;
        }
    }
    inventory->pieces[inventory->n_pieces++] = (DaxwinPiece){ entry->mapping, entry->file.id, 1 };
}

static void
take_locked(DaxwinInventory *inventory, const DaxwinWindow *window)
{
    const DaxwinSpace *space = &window->space;
    DaxwinTablePlace place = daxwin_mapping_table_seek(&space->table, 0);

    *inventory = (DaxwinInventory){
        .base = space->reservation.base,
        .size = space->reservation.size,
        .max_mappings = window->max_mappings,
        .is_strict = daxwin_window_is_strict(window),
        .has_foreign = space->has_foreign,
        .pieces = g_new(DaxwinPiece, space->table.count),
    };
    daxwin_window_read_usage_locked(window, &inventory->usage);
    for (size_t i = 0; i < space->table.count; i++) {
        add_entry(inventory, daxwin_mapping_table_at(&space->table, place));
        place = daxwin_mapping_table_next(&space->table, place);
    }
}

void
daxwin_inventory_take(DaxwinInventory *inventory, DaxwinWindow *window)
{
    daxwin_lock_acquire(&window->lock);
    take_locked(inventory, window);
    daxwin_lock_release(&window->lock);
}

void
daxwin_inventory_clear(DaxwinInventory *inventory)
{
    g_free(inventory->pieces);
    *inventory = (DaxwinInventory){ 0 };
}

DaxwinRange
daxwin_inventory_gap_before(const DaxwinInventory *inventory, size_t index)
{
    const DaxwinPiece *pieces = inventory->pieces;
    uint64_t start =
        index > 0 ? daxwin_range_end(daxwin_mapping_range(&pieces[index - 1].mapping)) : 0;
    uint64_t end =
        index < inventory->n_pieces ? pieces[index].mapping.window_offset : inventory->size;

    return (DaxwinRange){ start, end - start };
}
