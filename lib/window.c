/* SPDX-License-Identifier: BSD-3-Clause */
/* window.c: the DAX window: one lock around its reservation and its table. */
#include "window-private.h"

#include "admission.h"
#include "audit.h"
#include "error-private.h"
#include "host.h"
#include "laying.h"
#include "rules.h"

#include <daxwin/size.h>

#include <inttypes.h>

/* A window of 512 GiB in the 2 MiB pieces of a Linux guest, or some 12 MiB of table. */
enum {
    DEFAULT_LIMIT = 262144
};

enum {
    KNOWN_FLAGS = DAXWIN_WINDOW_STRICT | DAXWIN_WINDOW_ANY_FILE
};

DaxwinWindow *
daxwin_window_new(uint64_t size, DaxwinArch guest, DaxwinWindowFlags flags, GError **error)
{
    g_return_val_if_fail((flags & ~KNOWN_FLAGS) == 0, NULL);

    DaxwinReservation reservation;
    DaxwinWindow *window;

    if (!daxwin_size_check(size, error)) {
        return NULL;
    }
    if (daxwin_arch_to_name(guest) == NULL) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ARCH, "no guest architecture has number %d",
                    (int)guest);
        return NULL;
    }
    if (!daxwin_reservation_init(&reservation, size, daxwin_arch_reserved_protection(guest),
                                 error)) {
        return NULL;
    }
    window = g_atomic_rc_box_new0(DaxwinWindow);
    window->reservation = reservation;
    window->flags = flags;
    window->max_mappings = DEFAULT_LIMIT;
    (void)pthread_mutex_init(&window->lock, NULL);
    return window;
}

DaxwinWindow *
daxwin_window_ref(DaxwinWindow *window)
{
    g_return_val_if_fail(window != NULL, NULL);

    return g_atomic_rc_box_acquire(window);
}

static void
finalize(void *data)
{
    DaxwinWindow *window = data;

    daxwin_reservation_clear(&window->reservation);
    daxwin_mapping_table_clear(&window->table);
    (void)pthread_mutex_destroy(&window->lock);
}

void
daxwin_window_unref(DaxwinWindow *window)
{
    g_return_if_fail(window != NULL);

    g_atomic_rc_box_release_full(window, finalize);
}

void *
daxwin_window_get_base(DaxwinWindow *window)
{
    g_return_val_if_fail(window != NULL, NULL);

    return window->reservation.base;
}

uint64_t
daxwin_window_get_size(DaxwinWindow *window)
{
    g_return_val_if_fail(window != NULL, 0);

    return window->reservation.size;
}

int
daxwin_window_get_protection(DaxwinWindow *window)
{
    g_return_val_if_fail(window != NULL, 0);

    return window->reservation.protection;
}

static bool
check_mappings(const DaxwinWindow *window, const DaxwinMapping *mappings, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!daxwin_mapping_check(&mappings[i], window->reservation.size, error)) {
            return false;
        }
    }
    return true;
}

static bool
check_rules_locked(const DaxwinWindow *window, const DaxwinLaying *laying, GError **error)
{
    if (window->has_foreign) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN,
                            "the window takes no more maps, for foreign memory was found in it");
        return false;
    }
    if (daxwin_window_is_strict(window) &&
        !daxwin_rules_check_free(&window->table, laying->mappings, laying->n, error)) {
        return false;
    }
    return daxwin_rules_check_limit(&window->table, laying->mappings, laying->n,
                                    window->max_mappings, error);
}

static bool
lay_locked(DaxwinWindow *window, const DaxwinLaying *laying, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (check_rules_locked(window, laying, &failure) &&
        daxwin_laying_run(laying, &window->reservation, &window->table, &window->usage.replaced,
                          &failure)) {
        window->usage.maps += laying->n;
        return true;
    }
    window->has_foreign |= failure->code == DAXWIN_ERROR_FOREIGN;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static bool
lay(DaxwinWindow *window, const DaxwinLaying *laying, GError **error)
{
    bool is_done;

    daxwin_window_lock(window);
    is_done = lay_locked(window, laying, error);
    daxwin_window_unlock(window);
    return is_done;
}

/* Counts a call that was refused, and says so. */
static bool
counted(DaxwinWindow *window, bool is_done)
{
    if (!is_done) {
        daxwin_window_lock(window);
        window->usage.refused++;
        daxwin_window_unlock(window);
    }
    return is_done;
}

static bool
map_entries(DaxwinWindow *window, int fd, const DaxwinMapping *mappings, size_t n, GError **error)
{
    DaxwinLaying laying = { fd, { 0 }, mappings, n };
    bool any_file = (window->flags & DAXWIN_WINDOW_ANY_FILE) != 0;

    /* The file is asked before the lock is taken: a FUSE file may take its time to answer. */
    return counted(window, check_mappings(window, mappings, n, error) &&
                               daxwin_admission_check(fd, any_file, &laying.file, error) &&
                               daxwin_admission_check_pages(fd, mappings, n, error) &&
                               lay(window, &laying, error));
}

bool
daxwin_window_map(DaxwinWindow *window, int fd, const DaxwinMapping *mapping, GError **error)
{
    g_return_val_if_fail(window != NULL && mapping != NULL, false);

    return map_entries(window, fd, mapping, 1, error);
}

bool
daxwin_window_map_batch(DaxwinWindow *window, int fd, const DaxwinMapping *mappings, size_t n,
                        GError **error)
{
    g_return_val_if_fail(window != NULL && (mappings != NULL || n == 0), false);

    return n == 0 || map_entries(window, fd, mappings, n, error);
}

/* Makes @range idle. One that is so already costs nothing. */
static bool
take_away_locked(DaxwinWindow *window, DaxwinRange range, GError **error)
{
    if (daxwin_mapping_table_first_in(&window->table, range) == NULL) {
        return true;
    }
    if (!daxwin_reservation_restore(&window->reservation, range, error)) {
        return false;
    }
    (void)daxwin_mapping_table_cut(&window->table, range);
    return true;
}

static bool
check_unmap_locked(const DaxwinWindow *window, const DaxwinRange *range, GError **error)
{
    return daxwin_range_check(range, window->reservation.size, "range", error) &&
           (!daxwin_window_is_strict(window) ||
            daxwin_rules_check_exact(&window->table, *range, error));
}

/* Unmaps the longest run of ranges from *@next on that continue each other, in one call, and moves
 * *@next behind it. A range that must not be unmapped is a run of its own. */
static bool
unmap_run_locked(DaxwinWindow *window, const DaxwinRange *ranges, size_t n, size_t *next,
                 GError **error)
{
    DaxwinRange run = ranges[(*next)++];
    size_t count = 1;

    if (!check_unmap_locked(window, &run, error)) {
        return false;
    }
    while (*next < n && ranges[*next].offset == daxwin_range_end(run) &&
           check_unmap_locked(window, &ranges[*next], NULL)) {
        run.length += ranges[(*next)++].length;
        count++;
    }
    if (!take_away_locked(window, run, error)) {
        return false;
    }
    window->usage.unmaps += count;
    return true;
}

bool
daxwin_window_unmap_batch(DaxwinWindow *window, const DaxwinRange *ranges, size_t n, GError **error)
{
    g_return_val_if_fail(window != NULL && (ranges != NULL || n == 0), false);

    bool is_done = true;

    daxwin_window_lock(window);
    for (size_t next = 0; next < n;) {
        is_done = unmap_run_locked(window, ranges, n, &next, is_done ? error : NULL) && is_done;
    }
    window->usage.refused += is_done ? 0 : 1;
    daxwin_window_unlock(window);
    return is_done;
}

bool
daxwin_window_unmap(DaxwinWindow *window, uint64_t offset, uint64_t length, GError **error)
{
    DaxwinRange range = { offset, length };

    return daxwin_window_unmap_batch(window, &range, 1, error);
}

bool
daxwin_window_clear(DaxwinWindow *window, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    bool is_done;

    daxwin_window_lock(window);
    is_done = daxwin_reservation_restore(&window->reservation, daxwin_window_range(window), error);
    if (is_done) {
        daxwin_mapping_table_clear(&window->table);
        window->usage.unmaps++;
    } else {
        window->usage.refused++;
    }
    daxwin_window_unlock(window);
    return is_done;
}

bool
daxwin_window_sync(DaxwinWindow *window, uint64_t offset, uint64_t length, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    DaxwinRange range = { offset, length };
    int saved_errno;

    if (!daxwin_range_check(&range, window->reservation.size, "range", error)) {
        return false;
    }
    /* Without the lock, for a disk may be slow. What is mapped or unmapped meanwhile is synced or
     * not, but never disturbed. */
    saved_errno =
        daxwin_host_sync(daxwin_reservation_at(&window->reservation, offset), (size_t)length);
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot sync [0x%" PRIx64 ", 0x%" PRIx64 ")",
                                offset, daxwin_range_end(range));
        return false;
    }
    return true;
}

bool
daxwin_window_lookup(DaxwinWindow *window, uint64_t offset, DaxwinMapping *out)
{
    g_return_val_if_fail(window != NULL && out != NULL, false);

    const DaxwinTableEntry *entry;

    daxwin_window_lock(window);
    entry = daxwin_mapping_table_find(&window->table, offset);
    if (entry != NULL) {
        *out = entry->mapping;
    }
    daxwin_window_unlock(window);
    return entry != NULL;
}

static DaxwinMapping *
snapshot_locked(const DaxwinWindow *window)
{
    DaxwinMapping *snapshot = g_new(DaxwinMapping, window->table.count);
    DaxwinTablePlace place = daxwin_mapping_table_seek(&window->table, 0);

    for (size_t i = 0; i < window->table.count; i++) {
        snapshot[i] = daxwin_mapping_table_at(&window->table, place)->mapping;
        place = daxwin_mapping_table_next(&window->table, place);
    }
    return snapshot;
}

void
daxwin_window_foreach(DaxwinWindow *window, DaxwinMappingFunc func, void *user_data)
{
    g_return_if_fail(window != NULL && func != NULL);

    g_autofree DaxwinMapping *snapshot = NULL;
    size_t count;

    daxwin_window_lock(window);
    snapshot = snapshot_locked(window);
    count = window->table.count;
    daxwin_window_unlock(window);
    for (size_t i = 0; i < count; i++) {
        func(&snapshot[i], user_data);
    }
}

void
daxwin_window_get_usage(DaxwinWindow *window, DaxwinUsage *out)
{
    g_return_if_fail(window != NULL && out != NULL);

    daxwin_window_lock(window);
    *out = window->usage;
    out->mappings = window->table.count;
    out->bytes_mapped = window->table.bytes;
    daxwin_window_unlock(window);
}

void
daxwin_window_set_limit(DaxwinWindow *window, size_t max_mappings)
{
    g_return_if_fail(window != NULL);

    daxwin_window_lock(window);
    window->max_mappings = max_mappings;
    daxwin_window_unlock(window);
}

bool
daxwin_window_audit(DaxwinWindow *window, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    bool agrees;

    daxwin_window_lock(window);
    agrees =
        daxwin_audit_run(&window->reservation, &window->table, daxwin_window_range(window), error);
    daxwin_window_unlock(window);
    return agrees;
}
