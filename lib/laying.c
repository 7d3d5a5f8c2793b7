/* SPDX-License-Identifier: BSD-3-Clause */
/* laying.c: pieces of a file laid over a window, all of them or none. */
#include "laying.h"

#include "host.h"
#include "mending.h"
#include "retreat.h"
#include "saving.h"

#include <daxwin/error.h>

#include <errno.h>

/* What the steps of one request have in common. */
typedef struct {
    const DaxwinLaying *laying;
    DaxwinSpace *space;
    DaxwinSaving *saving; /* NULL where a single call needs no way back */
    DaxwinLayingCounts *counts;
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
    return daxwin_reservation_at(&work->space->reservation, mapping->window_offset);
}

static void
list_run(Work *work, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        DaxwinTableEntry entry = { work->laying->mappings[i], work->laying->admitted.file };

        daxwin_space_list(work->space, &entry);
    }
}

/* Says why @run could not be mapped. */
static bool
explain(const Work *work, const DaxwinMapping *run, int saved_errno, GError **error)
{
    if (daxwin_space_cuts_huge_page(work->space, daxwin_mapping_range(run))) {
        daxwin_space_explain(work->space, daxwin_mapping_range(run), EINVAL, "cannot replace",
                             error);
    } else {
        daxwin_admission_explain(work->laying->fd, run->access, saved_errno, error);
    }
    return false;
}

/* Maps @run over the window in one call. */
static int
place_directly(const Work *work, const DaxwinMapping *run)
{
    return daxwin_host_map_over(address_of(work, run), (size_t)run->length,
                                daxwin_mapping_protection(run->access), work->laying->fd,
                                run->file_offset);
}

/* Maps @run elsewhere, where a file that refuses late does no harm, and moves it over the window.
 * Tells whether the window was @touched. */
static int
place_by_stage(const Work *work, const DaxwinMapping *run, bool *touched)
{
    void *stage;
    int saved_errno = daxwin_host_map((size_t)run->length, daxwin_mapping_protection(run->access),
                                      work->laying->fd, run->file_offset, &stage);

    *touched = saved_errno == 0;
    if (saved_errno == 0) {
        saved_errno = daxwin_host_move_over(stage, (size_t)run->length, address_of(work, run));
        if (saved_errno != 0) {
            (void)daxwin_host_release(stage, (size_t)run->length);
        }
    }
    return saved_errno;
}

static bool
lay_run(Work *work, size_t first, size_t count, GError **error)
{
    DaxwinMapping run = join_run(work->laying, first, count);
    DaxwinRange range = daxwin_mapping_range(&run);
    bool touched = true;
    int saved_errno;

    daxwin_mapping_table_prefetch(&work->space->table, range.offset);
    saved_errno = work->laying->admitted.is_staged ? place_by_stage(work, &run, &touched)
                                                   : place_directly(work, &run);

    if (saved_errno != 0) {
        return (!touched || daxwin_mending_close_hole(work->space, range, error)) &&
               explain(work, &run, saved_errno, error);
    }
    work->counts->replaced += daxwin_space_unlist(work->space, range);
    list_run(work, first, count);
    return true;
}

/* Makes idle what the batch has put into @range, and leaves alone what was put back there. */
static bool
take_run_away(Work *work, DaxwinRange range, GError **error)
{
    uint64_t next = range.offset;
    bool is_done = true;

    while (next < daxwin_range_end(range)) {
        DaxwinRange rest = { next, daxwin_range_end(range) - next };
        const DaxwinTableEntry *back = daxwin_mapping_table_first_in(&work->saving->back, rest);
        uint64_t end =
            back != NULL ? MAX(back->mapping.window_offset, next) : daxwin_range_end(range);

        if (next < end) {
            rest.length = end - next;
            is_done =
                daxwin_mending_check_overwritable(work->space, rest, is_done ? error : NULL) &&
                daxwin_retreat_run(work->space, rest, &work->counts->lost,
                                   is_done ? error : NULL) &&
                is_done;
        }
        next = back != NULL ? back->mapping.window_offset + back->mapping.length : end;
    }
    return is_done;
}

/* The same for the ranges of the first @laid entries. */
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

/* Undoes the first @laid entries after @error, to which it adds what could not be undone. */
static void
undo(Work *work, size_t laid, GError **error)
{
    g_autoptr(GError) failure = NULL;
    bool is_back = daxwin_saving_put_back(work->saving, work->space, &failure);
    bool is_away = take_away(work, laid, is_back ? &failure : NULL);

    work->counts->replaced = 0;
    if (is_back && is_away) {
        daxwin_saving_list_wholes(work->saving, work->space);
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
            undo(work, first, error);
            return false;
        }
        first += count;
    }
    return true;
}

static bool
save_all_beneath(Work *work, GError **error)
{
    for (size_t i = 0; i < work->laying->n; i++) {
        if (!daxwin_saving_keep(work->saving, work->space,
                                daxwin_mapping_range(&work->laying->mappings[i]), error)) {
            return false;
        }
    }
    return true;
}

static bool
lay_all_or_none(Work *work, GError **error)
{
    DaxwinSaving saving;
    bool is_done;

    daxwin_saving_init(&saving, work->space->reservation.size);
    work->saving = &saving;
    is_done = save_all_beneath(work, error) && lay_all(work, error);
    daxwin_saving_clear(&saving);
    return is_done;
}

bool
daxwin_laying_run(const DaxwinLaying *laying, DaxwinSpace *space, DaxwinLayingCounts *counts,
                  GError **error)
{
    Work work = { laying, space, NULL, counts };
    bool is_single_call = count_run(laying, 0) == laying->n;

    return is_single_call ? lay_run(&work, 0, laying->n, error) : lay_all_or_none(&work, error);
}
