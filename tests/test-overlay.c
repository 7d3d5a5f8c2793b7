/* SPDX-License-Identifier: BSD-3-Clause */
/* test-overlay.c: page marks, case by case and against an array of booleans. */
#include "support/testing.h"

#include "support/areas.h"
#include "support/pages.h"

#include "host.h"
#include "overlay.h"

#include <daxwin/error.h>
#include <errno.h>

enum {
    WORD_PAGES = 64,
    WINDOW_PAGES = 256
};

static int refuse_memory_with; /* errno, 0 to let it through */
static DaxwinOverlay overlay;

int __real_daxwin_host_allocate_lazily(size_t length, void **address);
int __wrap_daxwin_host_allocate_lazily(size_t length, void **address);

int
__wrap_daxwin_host_allocate_lazily(size_t length, void **address)
{
    return refuse_memory_with != 0 ? refuse_memory_with
                                   : __real_daxwin_host_allocate_lazily(length, address);
}

static int
open_overlay(void **state)
{
    (void)state;
    return daxwin_overlay_init(&overlay, pages(WINDOW_PAGES), NULL) ? 0 : -1;
}

static int
close_overlay(void **state)
{
    (void)state;
    daxwin_overlay_clear(&overlay);
    return 0;
}

static int
stop_refusing(void **state)
{
    (void)state;
    refuse_memory_with = 0;
    return 0;
}

static DaxwinRange
page_range(uint64_t start, uint64_t length)
{
    return (DaxwinRange){ pages(start), pages(length) };
}

/* Whether just the pages of [@start, @end) are marked. */
static bool
marks_only(uint64_t start, uint64_t end)
{
    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        if (daxwin_overlay_covers(&overlay, pages(page)) != (page >= start && page < end)) {
            return false;
        }
    }
    return overlay.count == end - start;
}

/* daxwin_overlay_next_change() in pages. */
static uint64_t
next_change(uint64_t page, uint64_t end)
{
    return daxwin_overlay_next_change(&overlay, pages(page), pages(end)) / pages(1);
}

static void
new_overlay_marks_nothing(void **state)
{
    (void)state;
    assert_true(marks_only(0, 0));
}

static void
refused_memory_is_reported_with_the_errno(void **state)
{
    DaxwinOverlay other;
    g_autoptr(GError) error = NULL;

    (void)state;
    refuse_memory_with = EAGAIN;
    assert_false(daxwin_overlay_init(&other, pages(WINDOW_PAGES), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_non_null(strstr(error->message, "cannot allocate 32 bytes of page marks"));
}

static void
cleared_overlay_leaves_no_memory_behind(void **state)
{
    DaxwinOverlay other;

    (void)state;
    assert_true(daxwin_overlay_init(&other, pages(WINDOW_PAGES), NULL));
    assert_int_equal(report_areas(other.words, pages(1)).covered, pages(1));
    daxwin_overlay_clear(&other);
    assert_int_equal(report_areas(other.words, pages(1)).covered, 0);
}

static void
window_of_one_page_can_be_marked(void **state)
{
    DaxwinOverlay other;

    (void)state;
    assert_true(daxwin_overlay_init(&other, pages(1), NULL));
    assert_int_equal(daxwin_overlay_mark(&other, page_range(0, 1)), 1);
    assert_true(daxwin_overlay_covers(&other, 0));
    assert_int_equal(daxwin_overlay_next_change(&other, 0, pages(1)), pages(1));
    daxwin_overlay_clear(&other);
}

/* How many of the @n pages at @address are in memory. */
static size_t
count_resident(void *address, size_t n)
{
    g_autofree unsigned char *residence = g_malloc0(n);
    size_t count = 0;

    assert_int_equal(mincore(address, n * pages(1), residence), 0);
    for (size_t i = 0; i < n; i++) {
        count += residence[i] & 1;
    }
    return count;
}

static void
marks_of_a_huge_window_take_memory_only_where_they_are(void **state)
{
    const uint64_t n_pages = UINT64_C(1) << 28; /* 1 TiB of 4 KiB */
    size_t n_mark_pages = (size_t)(n_pages / 8 / pages(1));
    DaxwinOverlay other;

    (void)state;
    assert_true(daxwin_overlay_init(&other, pages(n_pages), NULL));
    assert_int_equal(count_resident(other.words, n_mark_pages), 0);
    assert_int_equal(daxwin_overlay_mark(&other, page_range(n_pages - 1, 1)), 1);
    assert_true(daxwin_overlay_covers(&other, pages(n_pages - 1)));
    assert_in_range(count_resident(other.words, n_mark_pages), 1, n_mark_pages / 4);
    daxwin_overlay_clear(&other);
}

static void
marked_page_is_covered_with_all_its_bytes_and_no_others(void **state)
{
    (void)state;
    assert_int_equal(daxwin_overlay_mark(&overlay, page_range(5, 1)), 1);
    assert_true(marks_only(5, 6));
    assert_true(daxwin_overlay_covers(&overlay, pages(5) + 7));
    assert_true(daxwin_overlay_covers(&overlay, pages(6) - 1));
    assert_false(daxwin_overlay_covers(&overlay, pages(5) - 1));
}

static void
page_marked_twice_is_counted_once(void **state)
{
    (void)state;
    assert_int_equal(daxwin_overlay_mark(&overlay, page_range(10, 4)), 4);
    assert_int_equal(daxwin_overlay_mark(&overlay, page_range(8, 4)), 2);
    assert_int_equal(daxwin_overlay_mark(&overlay, page_range(8, 6)), 0);
    assert_true(marks_only(8, 14));
}

static void
marks_and_their_ends_may_lie_at_the_borders_of_words(void **state)
{
    static const uint64_t borders[] = { 0,
                                        1,
                                        WORD_PAGES - 1,
                                        WORD_PAGES,
                                        WORD_PAGES + 1,
                                        2 * WORD_PAGES - 1,
                                        2 * WORD_PAGES,
                                        WINDOW_PAGES - 1,
                                        WINDOW_PAGES };

    (void)state;
    for (size_t first = 0; first < G_N_ELEMENTS(borders); first++) {
        for (size_t last = first + 1; last < G_N_ELEMENTS(borders); last++) {
            uint64_t start = borders[first];
            uint64_t end = borders[last];

            assert_int_equal(daxwin_overlay_mark(&overlay, page_range(start, end - start)),
                             end - start);
            assert_true(marks_only(start, end));
            assert_int_equal(next_change(start, WINDOW_PAGES), end);
            assert_int_equal(next_change(0, WINDOW_PAGES), start > 0 ? start : end);
            daxwin_overlay_unmark(&overlay, page_range(start, end - start));
            assert_true(marks_only(0, 0));
        }
    }
}

static void
unmark_takes_off_what_is_in_its_range(void **state)
{
    (void)state;
    (void)daxwin_overlay_mark(&overlay, page_range(60, 10));
    daxwin_overlay_unmark(&overlay, page_range(65, 100));
    assert_true(marks_only(60, 65));
    daxwin_overlay_unmark(&overlay, page_range(0, 62));
    assert_true(marks_only(62, 65));
    daxwin_overlay_unmark(&overlay, page_range(100, 10));
    assert_true(marks_only(62, 65));
}

static void
unmark_in_the_middle_leaves_both_ends(void **state)
{
    (void)state;
    (void)daxwin_overlay_mark(&overlay, page_range(60, 10));
    daxwin_overlay_unmark(&overlay, page_range(63, 2));
    assert_int_equal(overlay.count, 8);
    assert_int_equal(next_change(60, WINDOW_PAGES), 63);
    assert_int_equal(next_change(63, WINDOW_PAGES), 65);
    assert_int_equal(next_change(65, WINDOW_PAGES), 70);
}

static void
marks_that_were_taken_off_again_count_among_all_there_have_been(void **state)
{
    (void)state;
    (void)daxwin_overlay_mark(&overlay, page_range(60, 10));
    (void)daxwin_overlay_mark(&overlay, page_range(65, 10));
    assert_int_equal(overlay.ever, 15);
    daxwin_overlay_unmark(&overlay, page_range(0, WINDOW_PAGES));
    assert_int_equal(overlay.count, 0);
    (void)daxwin_overlay_mark(&overlay, page_range(60, 1));
    assert_int_equal(overlay.ever, 16);
}

static void
without_marks_none_is_looked_at(void **state)
{
    DaxwinOverlay blind = { .page_shift = overlay.page_shift, .n_pages = overlay.n_pages };

    (void)state;
    daxwin_overlay_unmark(&blind, page_range(0, WINDOW_PAGES));
    assert_false(daxwin_overlay_covers(&blind, pages(3)));
    assert_int_equal(daxwin_overlay_next_change(&blind, pages(3), pages(9)), pages(9));
}

static void
next_change_is_the_end_where_nothing_changes(void **state)
{
    (void)state;
    (void)daxwin_overlay_mark(&overlay, page_range(60, 10));
    assert_int_equal(next_change(61, 66), 66);
    assert_int_equal(next_change(62, 64), 64);
    assert_int_equal(next_change(62, 70), 70);
    assert_int_equal(next_change(70, WINDOW_PAGES), WINDOW_PAGES);
    assert_int_equal(next_change(0, 60), 60);
    assert_int_equal(next_change(0, 30), 30);
}

static void
next_change_from_within_a_page_is_that_of_the_page(void **state)
{
    (void)state;
    (void)daxwin_overlay_mark(&overlay, page_range(5, 2));
    assert_int_equal(daxwin_overlay_next_change(&overlay, pages(5) + 9, pages(WINDOW_PAGES)),
                     pages(7));
    assert_int_equal(daxwin_overlay_next_change(&overlay, pages(5) - 1, pages(WINDOW_PAGES)),
                     pages(5));
}

/* Makes the pages of [@start, @end) marked or not in @model; returns how many were otherwise. */
static uint64_t
set_in_model(bool *model, uint64_t start, uint64_t end, bool marked)
{
    uint64_t changed = 0;

    for (uint64_t page = start; page < end; page++) {
        changed += model[page] != marked;
        model[page] = marked;
    }
    return changed;
}

/* Whether all answers of the overlay are those that @model gives; @end bounds the searches. */
static bool
agrees(const bool *model, uint64_t end)
{
    uint64_t count = 0;

    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        uint64_t next = page + 1;

        count += model[page];
        while (next < end && model[next] == model[page]) {
            next++;
        }
        if (daxwin_overlay_covers(&overlay, pages(page)) != model[page] ||
            (page < end && next_change(page, end) != next)) {
            return false;
        }
    }
    return overlay.count == count;
}

/* TESTING_SEED=number chooses another sequence. */
static uint32_t
choose_seed(void)
{
    const char *text = getenv("TESTING_SEED");

    return text != NULL ? (uint32_t)strtoul(text, NULL, 0) : 1;
}

static void
random_changes_leave_overlay_and_model_equal(void **state)
{
    int n = TESTING_SANITIZED || testing_is_in_valgrind() ? 500 : 5000;
    uint32_t seed = choose_seed();
    GRand *random = g_rand_new_with_seed(seed);
    bool model[WINDOW_PAGES] = { false };

    (void)state;
    print_message("# TESTING_SEED=%" PRIu32 "\n", seed);
    for (int i = 0; i < n; i++) {
        bool is_mark = g_rand_boolean(random);
        int most = g_rand_int_range(random, 0, 20) == 0 ? WINDOW_PAGES : 24;
        uint64_t start = (uint64_t)g_rand_int_range(random, 0, WINDOW_PAGES);
        uint64_t length = (uint64_t)g_rand_int_range(random, 1, most + 1);
        uint64_t end = MIN(start + length, WINDOW_PAGES);
        uint64_t wanted = set_in_model(model, start, end, is_mark);

        if (is_mark) {
            assert_int_equal(daxwin_overlay_mark(&overlay, page_range(start, end - start)), wanted);
        } else {
            daxwin_overlay_unmark(&overlay, page_range(start, end - start));
        }
        if (!agrees(model, (uint64_t)g_rand_int_range(random, 1, WINDOW_PAGES + 1))) {
            fail_msg("change %d of TESTING_SEED=%" PRIu32 " differs from the model", i, seed);
        }
    }
    g_rand_free(random);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_overlay, close_overlay)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_overlay_marks_nothing),
        cmocka_unit_test_teardown(refused_memory_is_reported_with_the_errno, stop_refusing),
        TEST(cleared_overlay_leaves_no_memory_behind),
        TEST(window_of_one_page_can_be_marked),
        TEST(marks_of_a_huge_window_take_memory_only_where_they_are),
        TEST(marked_page_is_covered_with_all_its_bytes_and_no_others),
        TEST(page_marked_twice_is_counted_once),
        TEST(marks_and_their_ends_may_lie_at_the_borders_of_words),
        TEST(unmark_takes_off_what_is_in_its_range),
        TEST(unmark_in_the_middle_leaves_both_ends),
        TEST(marks_that_were_taken_off_again_count_among_all_there_have_been),
        TEST(without_marks_none_is_looked_at),
        TEST(next_change_is_the_end_where_nothing_changes),
        TEST(next_change_from_within_a_page_is_that_of_the_page),
        TEST(random_changes_leave_overlay_and_model_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
