/* SPDX-License-Identifier: BSD-3-Clause */
/* window.c: the DAX window: from birth to death, and all that changes it. */
#include "window-private.h"

#include "error-private.h"
#include "laying.h"
#include "probes.h"
#include "retreat.h"
#include "rules.h"

#include <daxwin/size.h>

#include <errno.h>

/* mremap() wants this many areas to be free when it moves a mapping over another one. */
enum {
    STAGING_AREAS = 7
};

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

    DaxwinSpace space;
    DaxwinWindow *window;

    if (!daxwin_size_check(size, error)) {
        return NULL;
    }
    if (daxwin_arch_to_name(guest) == NULL) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ARCH, "no guest architecture has number %d",
                    (int)guest);
        return NULL;
    }
    if (!daxwin_space_init(&space, size, daxwin_arch_reserved_protection(guest), error)) {
        return NULL;
    }
    /* Threads that share the window find the error domain registered. GLib would order that for
     * them, but in ways that the thread sanitizer cannot see. */
    (void)daxwin_error_quark();
    window = g_atomic_rc_box_new0(DaxwinWindow);
    window->space = space;
    window->flags = flags;
    window->max_mappings = DEFAULT_LIMIT;
    daxwin_budget_init(&window->budget);
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

    if (window->space.has_foreign) { /* only what is surely ours may go */
        (void)daxwin_retreat_run(&window->space, daxwin_window_range(window), &window->usage.lost,
                                 NULL);
    }
    daxwin_space_clear(&window->space);
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

    return window->space.reservation.base;
}

uint64_t
daxwin_window_get_size(DaxwinWindow *window)
{
    g_return_val_if_fail(window != NULL, 0);

    return window->space.reservation.size;
}

int
daxwin_window_get_protection(DaxwinWindow *window)
{
    g_return_val_if_fail(window != NULL, 0);

    return window->space.reservation.protection;
}

/* Does what an earlier call had to leave undone for want of kernel areas. */
static void
catch_up_locked(DaxwinWindow *window)
{
    if (window->space.retreating.count > 0 || !window->space.parachute.is_armed) {
        daxwin_retreat_catch_up(&window->space);
    }
}

static bool
check_mappings(const DaxwinWindow *window, const DaxwinMapping *mappings, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!daxwin_mapping_check(&mappings[i], window->space.reservation.size, error)) {
            return false;
        }
    }
    return true;
}

/* How many areas @laying may take at most: each entry one, and one more where it splits another;
 * what a batch replaces is kept meanwhile; and moving a staged mapping needs some for a moment. */
static size_t
count_areas_needed(const DaxwinLaying *laying)
{
    size_t needed = laying->n == 1 ? 2 : 4 * laying->n;

    return laying->admitted.is_staged ? needed + STAGING_AREAS : needed;
}

static bool
check_rules_locked(DaxwinWindow *window, const DaxwinLaying *laying, GError **error)
{
    const DaxwinMappingTable *table = &window->space.table;

    if (window->space.has_foreign) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN,
                            "the window takes no more maps, for foreign memory was found in it");
        return false;
    }
    if (daxwin_window_is_strict(window) &&
        !daxwin_rules_check_free(table, laying->mappings, laying->n, error)) {
        return false;
    }
    return daxwin_rules_check_limit(table, laying->mappings, laying->n, window->max_mappings,
                                    error) &&
           daxwin_budget_check(&window->budget, daxwin_window_count_areas(window),
                               count_areas_needed(laying), error);
}

/* For a map that has failed, whether the kernel meant its limit of areas: the reply is then the
 * same as if the limit had been foreseen. */
static void
recognize_limit_locked(DaxwinWindow *window, const DaxwinLaying *laying, GError **failure)
{
    GError *limit = NULL;

    if (daxwin_error_to_errno(*failure) == ENOMEM &&
        !daxwin_budget_check_again(&window->budget, daxwin_window_count_areas(window),
                                   count_areas_needed(laying), &limit)) {
        g_error_free(*failure);
        *failure = limit;
    }
}

static void
count_maps_locked(DaxwinWindow *window, const DaxwinLaying *laying)
{
    window->usage.maps += laying->n;
    for (size_t i = 0; i < laying->n; i++) {
        daxwin_probe_map(window->space.reservation.base, &laying->mappings[i], laying->fd);
    }
}

static void
lay_locked(DaxwinWindow *window, const DaxwinLaying *laying, GError **failure)
{
    DaxwinLayingCounts counts = { 0, 0 };
    bool is_done;

    catch_up_locked(window);
    is_done = check_rules_locked(window, laying, failure) &&
              daxwin_laying_run(laying, &window->space, &counts, failure);
    window->usage.replaced += counts.replaced;
    window->usage.lost += counts.lost;
    if (is_done) {
        count_maps_locked(window, laying);
    } else {
        recognize_limit_locked(window, laying, failure);
    }
}

/* Counts a call that was refused, and tells the caller why. */
static void
refuse_locked(DaxwinWindow *window, GError *failure, GError **error)
{
    window->usage.refused++;
    daxwin_probe_refuse(window->space.reservation.base, failure);
    if (failure->code == DAXWIN_ERROR_LIMIT) {
        daxwin_probe_limit(window->space.reservation.base, window->space.table.count,
                           window->max_mappings, daxwin_window_count_areas(window),
                           daxwin_budget_get_share(&window->budget));
    }
    g_propagate_error(error, failure);
}

/* Ends a call under the lock, which has failed if there is a @failure. */
static bool
conclude_locked(DaxwinWindow *window, GError *failure, GError **error)
{
    bool is_done = failure == NULL;

    if (!is_done) {
        refuse_locked(window, failure, error);
    }
    daxwin_lock_release(&window->lock);
    return is_done;
}

static bool
map_entries(DaxwinWindow *window, int fd, const DaxwinMapping *mappings, size_t n, GError **error)
{
    DaxwinLaying laying = { .fd = fd, .mappings = mappings, .n = n };
    bool any_file = (window->flags & DAXWIN_WINDOW_ANY_FILE) != 0;
    GError *failure = NULL;
    bool is_sound;

    /* The file is asked before the lock is taken: a FUSE file may take its time to answer. */
    is_sound =
        check_mappings(window, mappings, n, &failure) &&
        daxwin_admission_check(&window->admission, fd, any_file, &laying.admitted, &failure) &&
        daxwin_admission_check_pages(&laying.admitted.file, mappings, n, &failure);
    daxwin_lock_acquire(&window->lock);
    if (is_sound) {
        lay_locked(window, &laying, &failure);
    }
    return conclude_locked(window, failure, error);
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

static bool
check_unmap_locked(const DaxwinWindow *window, const DaxwinRange *range, GError **error)
{
    return daxwin_range_check(range, window->space.reservation.size, "range", error) &&
           (!daxwin_window_is_strict(window) ||
            daxwin_rules_check_exact(&window->space.table, *range, error));
}

static bool
unmap_one_locked(DaxwinWindow *window, const DaxwinRange *range, GError **error)
{
    if (!check_unmap_locked(window, range, error) ||
        !daxwin_retreat_run(&window->space, *range, &window->usage.lost, error)) {
        return false;
    }
    window->usage.unmaps++;
    daxwin_probe_unmap(window->space.reservation.base, range, 1);
    return true;
}

/* The longest run of ranges from @first on that continue each other and may all be unmapped. */
static size_t
join_run_locked(const DaxwinWindow *window, const DaxwinRange *ranges, size_t n, DaxwinRange *run)
{
    size_t count = 0;

    *run = (DaxwinRange){ ranges[0].offset, 0 };
    while (count < n && (count == 0 || ranges[count].offset == daxwin_range_end(*run)) &&
           check_unmap_locked(window, &ranges[count], NULL)) {
        run->length += ranges[count].length;
        count++;
    }
    return count;
}

/* Unmaps as many of @ranges as take one call, or the first of them alone, be it to find out what is
 * wrong with it. Returns how many were tried; the first failure of several calls is kept. */
static size_t
unmap_some_locked(DaxwinWindow *window, const DaxwinRange *ranges, size_t n, GError **failure)
{
    DaxwinRange run;
    size_t count = n > 1 ? join_run_locked(window, ranges, n, &run) : 1;

    if (count > 1 && daxwin_retreat_run(&window->space, run, &window->usage.lost, NULL)) {
        window->usage.unmaps += count;
        daxwin_probe_unmap(window->space.reservation.base, &run, count);
        return count;
    }
    (void)unmap_one_locked(window, &ranges[0], *failure == NULL ? failure : NULL);
    return 1;
}

bool
daxwin_window_unmap_batch(DaxwinWindow *window, const DaxwinRange *ranges, size_t n, GError **error)
{
    g_return_val_if_fail(window != NULL && (ranges != NULL || n == 0), false);

    GError *failure = NULL;

    daxwin_lock_acquire(&window->lock);
    catch_up_locked(window);
    for (size_t next = 0; next < n;) {
        next += unmap_some_locked(window, &ranges[next], n - next, &failure);
    }
    return conclude_locked(window, failure, error);
}

bool
daxwin_window_unmap(DaxwinWindow *window, uint64_t offset, uint64_t length, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    DaxwinRange range = { offset, length };
    GError *failure = NULL;

    daxwin_lock_acquire(&window->lock);
    catch_up_locked(window);
    (void)unmap_one_locked(window, &range, &failure);
    return conclude_locked(window, failure, error);
}

static void
clear_locked(DaxwinWindow *window, GError **error)
{
    size_t mappings = window->space.table.count;
    uint64_t bytes = window->space.table.bytes;

    if (daxwin_retreat_run(&window->space, daxwin_window_range(window), &window->usage.lost,
                           error)) {
        window->usage.unmaps++;
        daxwin_probe_clear(window->space.reservation.base, mappings, bytes);
    }
}

bool
daxwin_window_clear(DaxwinWindow *window, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    GError *failure = NULL;

    daxwin_lock_acquire(&window->lock);
    catch_up_locked(window);
    clear_locked(window, &failure);
    return conclude_locked(window, failure, error);
}

void
daxwin_window_set_limit(DaxwinWindow *window, size_t max_mappings)
{
    g_return_if_fail(window != NULL);

    daxwin_lock_acquire(&window->lock);
    window->max_mappings = max_mappings;
    daxwin_lock_release(&window->lock);
}
