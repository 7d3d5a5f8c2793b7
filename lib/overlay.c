/* SPDX-License-Identifier: BSD-3-Clause */
/* overlay.c: which pages of a window are covered by a zero page. */
#include "overlay.h"

#include "error-private.h"
#include "host.h"

enum {
    WORD_BITS = 64
};

static size_t
bytes_of(const DaxwinOverlay *overlay)
{
    return (size_t)((overlay->n_pages + WORD_BITS - 1) / WORD_BITS * sizeof overlay->words[0]);
}

bool
daxwin_overlay_init(DaxwinOverlay *overlay, uint64_t window_size, GError **error)
{
    size_t page_shift = (size_t)__builtin_ctzll(daxwin_host_get_page_size());
    void *words;
    int saved_errno;

    *overlay = (DaxwinOverlay){ .page_shift = page_shift, .n_pages = window_size >> page_shift };
    saved_errno = daxwin_host_allocate_lazily(bytes_of(overlay), &words);
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot allocate %zu bytes of page marks",
                                bytes_of(overlay));
        return false;
    }
    overlay->words = words;
    return true;
}

void
daxwin_overlay_clear(DaxwinOverlay *overlay)
{
    (void)daxwin_host_release(overlay->words, bytes_of(overlay));
}

static uint64_t
page_of(const DaxwinOverlay *overlay, uint64_t offset)
{
    return offset >> overlay->page_shift;
}

static bool
is_marked(const DaxwinOverlay *overlay, uint64_t page)
{
    return (overlay->words[page / WORD_BITS] >> (page % WORD_BITS) & 1) != 0;
}

static void
flip(DaxwinOverlay *overlay, uint64_t page)
{
    overlay->words[page / WORD_BITS] ^= UINT64_C(1) << (page % WORD_BITS);
}

/* The first page from @page on that is marked or not, as @marked says; @end at most. */
static uint64_t
find_page(const DaxwinOverlay *overlay, uint64_t page, uint64_t end, bool marked)
{
    while (page < end) {
        uint64_t word = overlay->words[page / WORD_BITS];
        uint64_t rest = (marked ? word : ~word) >> (page % WORD_BITS);

        if (rest != 0) {
            return MIN(page + (uint64_t)__builtin_ctzll(rest), end);
        }
        page = (page / WORD_BITS + 1) * WORD_BITS;
    }
    return end;
}

/* Makes all pages of @range marked or not; returns how many were otherwise. */
static uint64_t
set_all(DaxwinOverlay *overlay, DaxwinRange range, bool marked)
{
    uint64_t end = page_of(overlay, daxwin_range_end(range));
    uint64_t page = find_page(overlay, page_of(overlay, range.offset), end, !marked);
    uint64_t changed = 0;

    while (page < end) {
        flip(overlay, page);
        changed++;
        page = find_page(overlay, page + 1, end, !marked);
    }
    return changed;
}

uint64_t
daxwin_overlay_mark(DaxwinOverlay *overlay, DaxwinRange range)
{
    uint64_t marked = set_all(overlay, range, true);

    overlay->count += marked;
    overlay->ever += marked;
    return marked;
}

void
daxwin_overlay_unmark(DaxwinOverlay *overlay, DaxwinRange range)
{
    if (overlay->count > 0) { /* nearly never: the marks are not even looked at */
        overlay->count -= set_all(overlay, range, false);
    }
}

bool
daxwin_overlay_covers(const DaxwinOverlay *overlay, uint64_t offset)
{
    return overlay->count > 0 && is_marked(overlay, page_of(overlay, offset));
}

uint64_t
daxwin_overlay_next_change(const DaxwinOverlay *overlay, uint64_t offset, uint64_t end)
{
    if (overlay->count == 0) {
        return end;
    }

    uint64_t page = find_page(overlay, page_of(overlay, offset), page_of(overlay, end),
                              !daxwin_overlay_covers(overlay, offset));

    return page << overlay->page_shift;
}
