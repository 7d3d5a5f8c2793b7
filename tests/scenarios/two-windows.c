/* SPDX-License-Identifier: BSD-3-Clause */
/* two-windows.c: two windows of different kinds in one process leave each other alone. */
#include "support/areas.h"
#include "support/pages.h"
#include "support/snapshot.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/window.h>

enum {
    WINDOW_PAGES = 32,
    FILE_PAGES = 32
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

typedef struct {
    DaxwinWindow *loose;  /* by the rules of virtio-fs, for x86-64 */
    DaxwinWindow *strict; /* for ppc64 */
    int file;
} Pair;

static int
open_pair(void **state)
{
    Pair *pair = g_new0(Pair, 1);

    *state = pair;
    pair->loose =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    pair->strict =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_PPC64, DAXWIN_WINDOW_STRICT, NULL);
    pair->file = new_marked_file(1, FILE_PAGES);
    return pair->loose != NULL && pair->strict != NULL && pair->file >= 0 ? 0 : -1;
}

static int
close_pair(void **state)
{
    Pair *pair = *state;

    daxwin_window_unref(pair->loose);
    daxwin_window_unref(pair->strict);
    (void)close(pair->file);
    g_free(pair);
    return 0;
}

static char *
address_of(DaxwinWindow *window, uint64_t page)
{
    return (char *)daxwin_window_get_base(window) + pages(page);
}

static bool
map_pages(DaxwinWindow *window, int fd, uint64_t window_page, uint64_t file_page, uint64_t n)
{
    DaxwinMapping mapping = piece(window_page, file_page, n, RW);

    return daxwin_window_map(window, fd, &mapping, NULL);
}

static void
windows_do_not_share_addresses(void **state)
{
    Pair *pair = *state;
    const char *loose = address_of(pair->loose, 0);
    const char *strict = address_of(pair->strict, 0);

    assert_true(loose + pages(WINDOW_PAGES) <= strict || strict + pages(WINDOW_PAGES) <= loose);
}

static void
windows_keep_their_own_protection(void **state)
{
    Pair *pair = *state;

    assert_true(map_pages(pair->loose, pair->file, 0, 0, 2));
    assert_true(map_pages(pair->strict, pair->file, 0, 0, 2));
    assert_true(daxwin_window_clear(pair->loose, NULL));
    assert_true(daxwin_window_clear(pair->strict, NULL));
    assert_true(is_one_area(address_of(pair->loose, 0), pages(WINDOW_PAGES), "---p"));
    assert_true(is_one_area(address_of(pair->strict, 0), pages(WINDOW_PAGES), "r--p"));
}

static void
change_of_one_window_leaves_the_other(void **state)
{
    Pair *pair = *state;
    g_autoptr(Snapshot) before = NULL;

    assert_true(map_pages(pair->strict, pair->file, 4, 4, 8));
    before = snapshot_new(pair->strict);
    assert_true(map_pages(pair->loose, pair->file, 4, 8, 8));
    assert_true(map_pages(pair->loose, pair->file, 6, 0, 2));
    assert_true(daxwin_window_unmap(pair->loose, pages(5), pages(4), NULL));
    assert_true(is_as_before(pair->strict, before));
    assert_true(daxwin_window_clear(pair->loose, NULL));
    assert_true(is_as_before(pair->strict, before));
}

static void
windows_keep_their_own_rules(void **state)
{
    Pair *pair = *state;
    DaxwinMapping mapping = piece(5, 0, 1, R);
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(pair->loose, pair->file, 4, 4, 4));
    assert_true(map_pages(pair->strict, pair->file, 4, 4, 4));
    assert_true(daxwin_window_map(pair->loose, pair->file, &mapping, NULL));
    assert_false(daxwin_window_map(pair->strict, pair->file, &mapping, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_OVERLAP));
}

static void
windows_keep_their_own_limits(void **state)
{
    Pair *pair = *state;

    daxwin_window_set_limit(pair->loose, 0);
    assert_false(map_pages(pair->loose, pair->file, 0, 0, 1));
    assert_true(map_pages(pair->strict, pair->file, 0, 0, 1));
}

static void
store_through_one_window_is_seen_through_the_other(void **state)
{
    Pair *pair = *state;

    assert_true(map_pages(pair->loose, pair->file, 2, 10, 4));
    assert_true(map_pages(pair->strict, pair->file, 20, 8, 4));
    strcpy(address_of(pair->loose, 3) + 100, "seen by both");
    assert_string_equal(address_of(pair->strict, 23) + 100, "seen by both");
}

static void
death_of_one_window_leaves_the_other(void **state)
{
    Pair *pair = *state;
    DaxwinWindow *third =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    g_autoptr(Snapshot) before = NULL;

    assert_true(map_pages(third, pair->file, 0, 0, WINDOW_PAGES));
    assert_true(map_pages(pair->loose, pair->file, 4, 4, 8));
    before = snapshot_new(pair->loose);
    daxwin_window_unref(third);
    assert_true(is_as_before(pair->loose, before));
    assert_true(daxwin_window_audit(pair->strict, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(windows_do_not_share_addresses),
        TEST(windows_keep_their_own_protection),
        TEST(change_of_one_window_leaves_the_other),
        TEST(windows_keep_their_own_rules),
        TEST(windows_keep_their_own_limits),
        TEST(store_through_one_window_is_seen_through_the_other),
        TEST(death_of_one_window_leaves_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
