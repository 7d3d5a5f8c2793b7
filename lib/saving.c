/* SPDX-License-Identifier: BSD-3-Clause */
/* saving.c: the way back from a batch: what it covers, mapped a second time elsewhere. */
#include "saving.h"

#include "error-private.h"
#include "host.h"
#include "mending.h"

/* A piece of a mapping that a batch is about to cover. */
typedef struct {
    void *copy;             /* NULL once it is back in its place, or if it is contained */
    bool is_contained;      /* it shows zeros, which need no copy */
    DaxwinTableEntry piece; /* the part in the way */
    DaxwinTableEntry whole; /* what the table listed */
} SavedPiece;

void
daxwin_saving_init(DaxwinSaving *saving, uint64_t window_size)
{
    saving->pieces = g_array_new(false, false, sizeof(SavedPiece));
    daxwin_mapping_table_init(&saving->back, window_size);
}

static SavedPiece *
piece_at(const DaxwinSaving *saving, guint i)
{
    return &g_array_index(saving->pieces, SavedPiece, i);
}

void
daxwin_saving_clear(DaxwinSaving *saving)
{
    for (guint i = 0; i < saving->pieces->len; i++) {
        SavedPiece *saved = piece_at(saving, i);

        if (saved->copy != NULL) {
            (void)daxwin_host_release(saved->copy, (size_t)saved->piece.mapping.length);
        }
    }
    g_array_unref(saving->pieces);
    daxwin_mapping_table_clear(&saving->back);
}

static void *
address_of(const DaxwinSpace *space, const DaxwinTableEntry *entry)
{
    return daxwin_reservation_at(&space->reservation, entry->mapping.window_offset);
}

/* Saves the part of @whole that lies in @range, all of which is contained or none of it. */
static bool
keep_piece(DaxwinSaving *saving, const DaxwinSpace *space, const DaxwinTableEntry *whole,
           DaxwinRange range, GError **error)
{
    bool is_contained = daxwin_overlay_covers(&space->contained, range.offset);
    SavedPiece saved = { NULL, is_contained, *whole, *whole };
    int saved_errno = 0;

    saved.piece.mapping = daxwin_mapping_clip(&whole->mapping, range);
    if (!is_contained) {
        saved_errno = daxwin_host_duplicate(address_of(space, &saved.piece), (size_t)range.length,
                                            &saved.copy);
    }
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot keep what the batch is to replace");
        return false;
    }
    g_array_append_val(saving->pieces, saved);
    return true;
}

/* Saves the part of @whole that lies in @range. The kernel does not copy private pages, so that
 * contained ones are pieces of their own. */
static bool
keep_mapping(DaxwinSaving *saving, const DaxwinSpace *space, const DaxwinTableEntry *whole,
             DaxwinRange range, GError **error)
{
    DaxwinRange part = daxwin_range_intersect(daxwin_mapping_range(&whole->mapping), range);
    uint64_t end = daxwin_range_end(part);

    while (part.offset < end) {
        uint64_t next = daxwin_overlay_next_change(&space->contained, part.offset, end);

        part.length = next - part.offset;
        if (!keep_piece(saving, space, whole, part, error)) {
            return false;
        }
        part.offset = next;
    }
    return true;
}

bool
daxwin_saving_keep(DaxwinSaving *saving, const DaxwinSpace *space, DaxwinRange range,
                   GError **error)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(&space->table, range.offset);
    const DaxwinTableEntry *entry = daxwin_mapping_table_at(&space->table, place);

    while (entry != NULL && entry->mapping.window_offset < daxwin_range_end(range)) {
        if (!keep_mapping(saving, space, entry, range, error)) {
            return false;
        }
        place = daxwin_mapping_table_next(&space->table, place);
        entry = daxwin_mapping_table_at(&space->table, place);
    }
    return true;
}

/* Whether the window still shows what was saved, for its run was never laid. */
static bool
is_untouched(const DaxwinSpace *space, const SavedPiece *saved)
{
    const DaxwinTableEntry *piece = &saved->piece;
    DaxwinRange range = daxwin_mapping_range(&piece->mapping);
    const DaxwinTableEntry *entry = daxwin_mapping_table_find(&space->table, range.offset);

    if (entry == NULL || !daxwin_range_covers(daxwin_mapping_range(&entry->mapping), range) ||
        daxwin_overlay_covers(&space->contained, range.offset) != saved->is_contained) {
        return false;
    }

    DaxwinMapping part = daxwin_mapping_clip(&entry->mapping, range);

    return part.file_offset == piece->mapping.file_offset && part.access == piece->mapping.access &&
           daxwin_file_id_is_equal(&entry->file.id, &piece->file.id);
}

static int
place_back(const DaxwinSpace *space, const SavedPiece *saved)
{
    const DaxwinMapping *mapping = &saved->piece.mapping;
    void *address = address_of(space, &saved->piece);

    if (saved->is_contained) {
        return daxwin_host_reserve_over(address, (size_t)mapping->length,
                                        daxwin_mapping_protection(mapping->access));
    }
    return daxwin_host_move_over(saved->copy, (size_t)mapping->length, address);
}

/* Moves the copy to where it came from. It needs no idle moment in between: the guest sees what was
 * there before, or what the batch has put there, but never nothing. */
static bool
move_back(DaxwinSpace *space, SavedPiece *saved, GError **error)
{
    DaxwinRange range = daxwin_mapping_range(&saved->piece.mapping);
    int saved_errno;

    if (!daxwin_mending_check_overwritable(space, range, error)) {
        return false;
    }
    saved_errno = place_back(space, saved);
    if (saved_errno != 0) {
        if (daxwin_mending_close_hole(space, range, error)) {
            daxwin_error_set_system(error, saved_errno, "cannot put back what was replaced");
        }
        return false;
    }
    saved->copy = NULL;
    (void)daxwin_space_unlist(space, range);
    daxwin_space_list(space, &saved->piece);
    if (saved->is_contained) {
        (void)daxwin_overlay_mark(&space->contained, range);
    }
    return true;
}

static bool
put_piece_back(DaxwinSaving *saving, DaxwinSpace *space, SavedPiece *saved, GError **error)
{
    if (!is_untouched(space, saved) && !move_back(space, saved, error)) {
        return false;
    }
    (void)daxwin_mapping_table_cut(&saving->back, daxwin_mapping_range(&saved->piece.mapping));
    daxwin_mapping_table_insert(&saving->back, &saved->piece);
    return true;
}

/* Keeps the first of several failures as @reason, but foreign memory outweighs all others. */
static void
keep_weightiest(GError **reason, GError *failure)
{
    if (*reason != NULL && failure->code != DAXWIN_ERROR_FOREIGN) {
        g_error_free(failure);
        return;
    }
    g_clear_error(reason);
    *reason = failure;
}

bool
daxwin_saving_put_back(DaxwinSaving *saving, DaxwinSpace *space, GError **error)
{
    g_autoptr(GError) reason = NULL;

    for (guint i = 0; i < saving->pieces->len; i++) {
        GError *failure = NULL;

        if (!put_piece_back(saving, space, piece_at(saving, i), &failure)) {
            keep_weightiest(&reason, failure);
        }
    }
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    return true;
}

void
daxwin_saving_list_wholes(const DaxwinSaving *saving, DaxwinSpace *space)
{
    for (guint i = 0; i < saving->pieces->len; i++) {
        const DaxwinTableEntry *whole = &piece_at(saving, i)->whole;

        /* The marks of contained pages stay. */
        (void)daxwin_mapping_table_cut(&space->table, daxwin_mapping_range(&whole->mapping));
        daxwin_space_list(space, whole);
    }
}
