/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h: all that can be seen of a window, to be compared with what is seen later. */
#pragma once

#include "areas.h"
#include "pages.h"

#include <daxwin/window.h>
#include <string.h>

typedef struct {
    GArray *mappings; /* of DaxwinMapping, as listed */
    GArray *marks;    /* of uint64_t, one for each page */
    size_t n_areas;
    bool has_hole;
    bool agrees; /* with the audit */
} Snapshot;

/* A DaxwinMappingFunc over a GArray. */
static inline void
snapshot_append(const DaxwinMapping *mapping, void *user_data)
{
    GArray *mappings = (GArray *)user_data;

    g_array_append_vals(mappings, mapping, 1);
}

static inline GArray *
list_mappings(DaxwinWindow *window)
{
    GArray *mappings = g_array_new(FALSE, FALSE, sizeof(DaxwinMapping));

    daxwin_window_foreach(window, snapshot_append, mappings);
    return mappings;
}

static inline GArray *
list_marks(DaxwinWindow *window)
{
    const char *base = (const char *)daxwin_window_get_base(window);
    GArray *marks = g_array_new(FALSE, FALSE, sizeof(uint64_t));

    for (uint64_t offset = 0; offset < daxwin_window_get_size(window); offset += pages(1)) {
        uint64_t mark = mark_at(base + offset);

        g_array_append_val(marks, mark);
    }
    return marks;
}

static inline Snapshot *
snapshot_new(DaxwinWindow *window)
{
    AreaReport report =
        report_areas(daxwin_window_get_base(window), daxwin_window_get_size(window));
    Snapshot *snapshot = g_new(Snapshot, 1);

    *snapshot = (Snapshot){ list_mappings(window), list_marks(window), report.count,
                            report.covered != daxwin_window_get_size(window),
                            daxwin_window_audit(window, NULL) };
    return snapshot;
}

static inline void
snapshot_free(Snapshot *snapshot)
{
    g_array_unref(snapshot->mappings);
    g_array_unref(snapshot->marks);
    g_free(snapshot);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_free)

static inline bool
is_same_array(const GArray *a, const GArray *b, size_t element_size)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len * element_size) == 0);
}

static inline bool
is_same_list(const GArray *a, const GArray *b)
{
    if (a->len != b->len) {
        return false;
    }
    for (guint i = 0; i < a->len; i++) {
        const DaxwinMapping *one = &g_array_index(a, DaxwinMapping, i);
        const DaxwinMapping *other = &g_array_index(b, DaxwinMapping, i);

        if (one->window_offset != other->window_offset || one->length != other->length ||
            one->file_offset != other->file_offset || one->access != other->access) {
            return false;
        }
    }
    return true;
}

static inline bool
snapshot_is_equal(const Snapshot *a, const Snapshot *b)
{
    return is_same_list(a->mappings, b->mappings) &&
           is_same_array(a->marks, b->marks, sizeof(uint64_t)) && a->n_areas == b->n_areas &&
           a->has_hole == b->has_hole && a->agrees == b->agrees;
}

/* Whether @window is still as it was at the time of @before. */
static inline bool
is_as_before(DaxwinWindow *window, const Snapshot *before)
{
    g_autoptr(Snapshot) now = snapshot_new(window);

    return snapshot_is_equal(before, now);
}
