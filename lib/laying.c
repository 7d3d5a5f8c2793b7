/* SPDX-License-Identifier: BSD-3-Clause */
/* laying.c: pieces of a file laid over a window, all of them or none. */
#include "laying.h"

#include "admission.h"
#include "audit.h"
#include "error-private.h"
#include "host.h"

#include <daxwin/error.h>

#include <errno.h>

/* A piece of an older mapping that a batch is about to cover, mapped a second time elsewhere. */
typedef struct {
    void *copy;
    DaxwinTableEntry piece; /* the part in the way */
    DaxwinTableEntry whole; /* what the table listed */
} SavedPiece;

/* What the steps of one request have in common. */
typedef struct {
    const DaxwinLaying *laying;
    const DaxwinReservation *reservation;
    DaxwinMappingTable *table;
    GArray *saved; /* of SavedPiece; NULL where a single call needs no way back */
    uint64_t replaced;
    bool has_foreign; /* memory of others was found in the window, and must be left alone */
} Work;

/* Whole entries from @first on that continue each other, and so take one call. */
static size_t
count_run(const DaxwinLaying *laying, size_t first)
{
    size_t next = first + 1;

    while (next < laying->n &&
           daxwin_mapping_continues(&laying->mappings[next - 1], &laying->mappings[next])) {
        next++;
    }
    return next - first;
}

/* The run of @count entries from @first on as one piece. */
static DaxwinMapping
join_run(const DaxwinLaying *laying, size_t first, size_t count)
{
    DaxwinMapping run = laying->mappings[first];
    const DaxwinMapping *last = &laying->mappings[first + count - 1];

    run.length = last->window_offset + last->length - run.window_offset;
    return run;
}

static void *
address_of(const Work *work, const DaxwinMapping *mapping)
{
    return daxwin_reservation_at(work->reservation, mapping->window_offset);
}

static void
list_run(Work *work, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        DaxwinTableEntry entry = { work->laying->mappings[i], work->laying->file };

        daxwin_mapping_table_insert(work->table, &entry);
    }
}

/* Whether all of @range is the window's own, as far as a sandbox lets us read /proc. */
static bool
check_own(Work *work, DaxwinRange range, GError **error)
{
    g_autoptr(GError) difference = NULL;

    if (daxwin_audit_run(work->reservation, work->table, range, &difference) ||
        difference->code != DAXWIN_ERROR_FOREIGN) {
        return true;
    }
    work->has_foreign = true;
    g_propagate_error(error, g_steal_pointer(&difference));
    return false;
}

/* Closes whatever is a hole in @range, around what has fallen into it. Whether there was one. */
static bool
close_around(const Work *work, DaxwinRange range)
{
    size_t page = daxwin_host_get_page_size();
    DaxwinRange lower = { range.offset, range.length / page / 2 * page };
    DaxwinRange upper = { daxwin_range_end(lower), range.length - lower.length };
    int saved_errno =
        daxwin_host_reserve_hole(daxwin_reservation_at(work->reservation, range.offset),
                                 (size_t)range.length, work->reservation->protection);

    if (saved_errno != EEXIST || range.length == page) {
        return saved_errno == 0;
    }

    bool is_lower_closed = close_around(work, lower);
    bool is_upper_closed = close_around(work, upper);

    return is_lower_closed || is_upper_closed;
}

/* A refused call may have left a hole, into which the next mmap() of any thread could fall: close
 * it, and make sure that nothing has fallen in. */
static bool
mend_hole(Work *work, DaxwinRange range, GError **error)
{
    void *address = daxwin_reservation_at(work->reservation, range.offset);

    if (daxwin_host_reserve_hole(address, (size_t)range.length, work->reservation->protection) ==
        0) {
        (void)daxwin_mapping_table_cut(work->table, range);
    }
    if (check_own(work, range, error)) {
        return true;
    }
    if (close_around(work, range)) {
        (void)daxwin_mapping_table_cut(work->table, range);
    }
    return false;
}

static bool
lay_run(Work *work, size_t first, size_t count, GError **error)
{
    DaxwinMapping run = join_run(work->laying, first, count);
    int saved_errno = daxwin_host_map_over(address_of(work, &run), (size_t)run.length,
                                           daxwin_mapping_protection(run.access), work->laying->fd,
                                           run.file_offset);

    if (saved_errno != 0) {
        if (mend_hole(work, daxwin_mapping_range(&run), error)) {
            daxwin_admission_explain(work->laying->fd, run.access, saved_errno, error);
        }
        return false;
    }
    work->replaced += daxwin_mapping_table_cut(work->table, daxwin_mapping_range(&run));
    list_run(work, first, count);
    return true;
}

/* Maps the part of @whole that lies in @range a second time, as the way back. */
static bool
save_piece(Work *work, const DaxwinTableEntry *whole, DaxwinRange range, GError **error)
{
    SavedPiece saved = { NULL, *whole, *whole };
    int saved_errno;

    saved.piece.mapping = daxwin_mapping_clip(&whole->mapping, range);
    saved_errno = daxwin_host_duplicate(address_of(work, &saved.piece.mapping),
                                        (size_t)saved.piece.mapping.length, &saved.copy);
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot keep what the batch is to replace");
        return false;
    }
    g_array_append_val(work->saved, saved);
    return true;
}

static bool
save_beneath(Work *work, DaxwinRange range, GError **error)
{
    DaxwinTablePlace place = daxwin_mapping_table_seek(work->table, range.offset);
    const DaxwinTableEntry *entry = daxwin_mapping_table_at(work->table, place);

    while (entry != NULL && entry->mapping.window_offset < daxwin_range_end(range)) {
        if (!save_piece(work, entry, range, error)) {
            return false;
        }
        place = daxwin_mapping_table_next(work->table, place);
        entry = daxwin_mapping_table_at(work->table, place);
    }
    return true;
}

static bool
save_all_beneath(Work *work, GError **error)
{
    for (size_t i = 0; i < work->laying->n; i++) {
        if (!save_beneath(work, daxwin_mapping_range(&work->laying->mappings[i]), error)) {
            return false;
        }
    }
    return true;
}

static void
release_copies(Work *work)
{
    for (guint i = 0; i < work->saved->len; i++) {
        SavedPiece *saved = &g_array_index(work->saved, SavedPiece, i);

        if (saved->copy != NULL) {
            (void)daxwin_host_release(saved->copy, (size_t)saved->piece.mapping.length);
        }
    }
}

/* Whether @range may be overwritten. That is asked only where memory of others was found before,
 * for the answer takes a walk through all areas of the process. */
static bool
check_overwritable(Work *work, DaxwinRange range, GError **error)
{
    return !work->has_foreign || check_own(work, range, error);
}

static bool
take_run_away(Work *work, DaxwinRange range, GError **error)
{
    if (!check_overwritable(work, range, error) ||
        !daxwin_reservation_restore(work->reservation, range, error)) {
        return false;
    }
    (void)daxwin_mapping_table_cut(work->table, range);
    return true;
}

/* Makes the ranges of the first @laid entries idle again. */
static bool
take_away(Work *work, size_t laid, GError **error)
{
    bool is_done = true;

    for (size_t first = 0; first < laid; first += count_run(work->laying, first)) {
        DaxwinMapping run = join_run(work->laying, first, count_run(work->laying, first));

        is_done =
            take_run_away(work, daxwin_mapping_range(&run), is_done ? error : NULL) && is_done;
    }
    return is_done;
}

/* Whether the window still shows @piece, for its run was never laid. */
static bool
is_untouched(const Work *work, const DaxwinTableEntry *piece)
{
    DaxwinRange range = daxwin_mapping_range(&piece->mapping);
    const DaxwinTableEntry *entry = daxwin_mapping_table_find(work->table, range.offset);

    if (entry == NULL || !daxwin_range_covers(daxwin_mapping_range(&entry->mapping), range)) {
        return false;
    }

    DaxwinMapping part = daxwin_mapping_clip(&entry->mapping, range);

    return part.file_offset == piece->mapping.file_offset && part.access == piece->mapping.access &&
           entry->file.device == piece->file.device && entry->file.inode == piece->file.inode;
}

static bool
put_back(Work *work, SavedPiece *saved, GError **error)
{
    DaxwinRange range = daxwin_mapping_range(&saved->piece.mapping);
    int saved_errno;

    if (is_untouched(work, &saved->piece)) {
        return true;
    }
    if (!check_overwritable(work, range, error)) {
        return false;
    }
    saved_errno = daxwin_host_move_over(saved->copy, (size_t)range.length,
                                        address_of(work, &saved->piece.mapping));
    if (saved_errno != 0) {
        if (mend_hole(work, range, error)) {
            daxwin_error_set_system(error, saved_errno, "cannot put back what was replaced");
        }
        return false;
    }
    saved->copy = NULL;
    (void)daxwin_mapping_table_cut(work->table, range);
    daxwin_mapping_table_insert(work->table, &saved->piece);
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

/* What fails is added to @reason, which may be set already. */
static bool
put_all_back(Work *work, GError **reason)
{
    bool is_done = true;

    for (guint i = 0; i < work->saved->len; i++) {
        SavedPiece *saved = &g_array_index(work->saved, SavedPiece, i);
        GError *failure = NULL;

        if (!put_back(work, saved, &failure)) {
            keep_weightiest(reason, failure);
            is_done = false;
        }
    }
    return is_done;
}

/* Pieces that were put back are listed as the wholes they came from. */
static void
list_wholes(Work *work)
{
    for (guint i = 0; i < work->saved->len; i++) {
        const DaxwinTableEntry *whole = &g_array_index(work->saved, SavedPiece, i).whole;

        (void)daxwin_mapping_table_cut(work->table, daxwin_mapping_range(&whole->mapping));
        daxwin_mapping_table_insert(work->table, whole);
    }
}

/* Undoes the first @laid entries after @error, to which it adds what could not be undone. */
static void
undo(Work *work, size_t laid, GError **error)
{
    g_autoptr(GError) failure = NULL;

    bool is_away = take_away(work, laid, &failure);
    bool is_back = put_all_back(work, &failure);

    work->replaced = 0;
    if (is_away && is_back) {
        list_wholes(work);
    } else if (failure->code == DAXWIN_ERROR_FOREIGN) {
        g_clear_error(error);
        *error = g_steal_pointer(&failure);
    } else {
        g_prefix_error(error,
                       "what the batch had replaced is lost in part (%s): ", failure->message);
    }
}

static bool
lay_all(Work *work, GError **error)
{
    for (size_t first = 0; first < work->laying->n;) {
        size_t count = count_run(work->laying, first);

        if (!lay_run(work, first, count, error)) {
            if (work->saved != NULL) {
                undo(work, first, error);
            }
            return false;
        }
        first += count;
    }
    return true;
}

static bool
lay_all_or_none(Work *work, GError **error)
{
    g_autoptr(GArray) saved = g_array_new(false, false, sizeof(SavedPiece));
    bool is_done;

    work->saved = saved;
    is_done = save_all_beneath(work, error) && lay_all(work, error);
    release_copies(work);
    return is_done;
}

bool
daxwin_laying_run(const DaxwinLaying *laying, const DaxwinReservation *reservation,
                  DaxwinMappingTable *table, uint64_t *replaced, GError **error)
{
    Work work = { laying, reservation, table, NULL, 0, false };
    g_autoptr(GError) failure = NULL;
    bool is_single_call = count_run(laying, 0) == laying->n;
    bool is_done = is_single_call ? lay_all(&work, &failure) : lay_all_or_none(&work, &failure);

    if (!is_done) {
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    *replaced += work.replaced;
    return is_done;
}
