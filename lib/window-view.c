/* SPDX-License-Identifier: BSD-3-Clause */
/* window-view.c: what a window tells about itself. */
#include "window-private.h"

#include "audit.h"

#include <daxwin/error.h>

bool
daxwin_window_lookup(DaxwinWindow *window, uint64_t offset, DaxwinMapping *out)
{
    g_return_val_if_fail(window != NULL && out != NULL, false);

    const DaxwinTableEntry *entry;

    daxwin_lock_acquire(&window->lock);
    entry = daxwin_mapping_table_find(&window->space.table, offset);
    if (entry != NULL) {
        *out = entry->mapping;
    }
    daxwin_lock_release(&window->lock);
    return entry != NULL;
}

static DaxwinMapping *
snapshot_locked(const DaxwinWindow *window)
{
    DaxwinMapping *snapshot = g_new(DaxwinMapping, window->space.table.count);
    DaxwinTablePlace place = daxwin_mapping_table_seek(&window->space.table, 0);

    for (size_t i = 0; i < window->space.table.count; i++) {
        snapshot[i] = daxwin_mapping_table_at(&window->space.table, place)->mapping;
        place = daxwin_mapping_table_next(&window->space.table, place);
    }
    return snapshot;
}

void
daxwin_window_foreach(DaxwinWindow *window, DaxwinMappingFunc func, void *user_data)
{
    g_return_if_fail(window != NULL && func != NULL);

    g_autofree DaxwinMapping *snapshot = NULL;
    size_t count;

    daxwin_lock_acquire(&window->lock);
    snapshot = snapshot_locked(window);
    count = window->space.table.count;
    daxwin_lock_release(&window->lock);
    for (size_t i = 0; i < count; i++) {
        func(&snapshot[i], user_data);
    }
}

void
daxwin_window_read_usage_locked(const DaxwinWindow *window, DaxwinUsage *out)
{
    *out = window->usage;
    out->mappings = window->space.table.count;
    out->bytes_mapped = window->space.table.bytes;
    out->areas = daxwin_window_count_areas(window);
    out->area_budget = daxwin_budget_get_share(&window->budget);
    out->contained_pages = window->space.contained.count;
    out->containments = window->space.contained.ever;
}

void
daxwin_window_get_usage(DaxwinWindow *window, DaxwinUsage *out)
{
    g_return_if_fail(window != NULL && out != NULL);

    daxwin_lock_acquire(&window->lock);
    daxwin_window_read_usage_locked(window, out);
    daxwin_lock_release(&window->lock);
}

bool
daxwin_window_audit(DaxwinWindow *window, GError **error)
{
    g_return_val_if_fail(window != NULL, false);

    g_autoptr(GError) failure = NULL;

    daxwin_lock_acquire(&window->lock);
    (void)daxwin_audit_run(&window->space, daxwin_window_range(window), &failure);
    window->space.has_foreign |= failure != NULL && failure->code == DAXWIN_ERROR_FOREIGN;
    daxwin_lock_release(&window->lock);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    return true;
}
