/* SPDX-License-Identifier: BSD-3-Clause */
/* huge-pages.c: files on hugetlbfs, whose pages can only be mapped and unmapped as wholes. */
#include "support/pages.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/window.h>

#include <glib.h>
#include <stdio.h>
#include <string.h>

/* The kernel is lent a few huge pages for the time of the tests. */
static const char *const POOL = "/proc/sys/vm/nr_hugepages";

enum {
    LENT_PAGES = 4,
    WINDOW_HUGE_PAGES = 8,
    PATTERN = 7
};

enum {
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

static uint64_t huge_page;
static char *pool_before;
static DaxwinWindow *window;
static int huge_file;     /* of two huge pages, or -1 if there are none to be had */
static int ordinary_file; /* of as many bytes */

static uint64_t
read_huge_page_size(void)
{
    g_autofree char *meminfo = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/meminfo", &meminfo, NULL, NULL)) {
        return 0;
    }
    line = strstr(meminfo, "Hugepagesize:");
    return line != NULL ? g_ascii_strtoull(line + strlen("Hugepagesize:"), NULL, 10) * 1024 : 0;
}

static bool
set_pool(const char *count)
{
    FILE *file = fopen(POOL, "we");
    bool is_set = file != NULL && fputs(count, file) >= 0;

    return file != NULL && fclose(file) == 0 && is_set;
}

static int
lend_huge_pages(void **state)
{
    (void)state;
    huge_page = read_huge_page_size();
    if (huge_page != 0 && g_file_get_contents(POOL, &pool_before, NULL, NULL)) {
        g_autofree char *more = g_strdup_printf(
            "%" G_GUINT64_FORMAT, g_ascii_strtoull(pool_before, NULL, 10) + LENT_PAGES);

        (void)set_pool(more);
    }
    return 0;
}

static int
take_huge_pages_back(void **state)
{
    (void)state;
    if (pool_before != NULL) {
        (void)set_pool(pool_before);
    }
    g_free(pool_before);
    return 0;
}

/* Maps two huge pages at the second place of the window for them, and writes to both. */
static int
set_up(void **state)
{
    (void)state;
    huge_file = -1;
    if (huge_page == 0) {
        return 0;
    }
    window = daxwin_window_new(WINDOW_HUGE_PAGES * huge_page, DAXWIN_ARCH_X86_64,
                               DAXWIN_WINDOW_DEFAULT, NULL);
    ordinary_file = new_marked_file(1, 2 * huge_page / pages(1));
    huge_file = memfd_create("huge", MFD_HUGETLB | MFD_CLOEXEC);
    if (window == NULL || huge_file < 0 || ftruncate(huge_file, (off_t)(2 * huge_page)) != 0) {
        huge_file = -1;
        return 0;
    }

    DaxwinMapping mapping = { huge_page, 0, 2 * huge_page, (DaxwinAccess)RW };

    if (!daxwin_window_map(window, huge_file, &mapping, NULL)) {
        huge_file = -1;
        return 0;
    }
    memset((char *)daxwin_window_get_base(window) + huge_page, PATTERN, 2 * huge_page);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_clear_pointer(&window, daxwin_window_unref);
    if (huge_file >= 0) {
        (void)close(huge_file);
    }
    (void)close(ordinary_file);
    return 0;
}

static char
byte_at(uint64_t offset)
{
    return ((volatile char *)daxwin_window_get_base(window))[offset];
}

/* Whether both huge pages are there as they were, for the guest and for the kernel. */
static bool
is_as_it_was(void)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    return usage.bytes_mapped == 2 * huge_page && byte_at(huge_page) == PATTERN &&
           byte_at(3 * huge_page - 1) == PATTERN && daxwin_window_audit(window, NULL);
}

#define NEED_HUGE_PAGES()                                                                          \
    do {                                                                                           \
        if (huge_file < 0) {                                                                       \
            SKIP_BECAUSE("the kernel has no huge pages to lend; that takes root");                 \
        }                                                                                          \
    } while (0)

static void
unmap_of_a_part_of_a_huge_page_is_refused_whole(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    NEED_HUGE_PAGES();
    assert_false(daxwin_window_unmap(window, huge_page, pages(1), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_true(is_as_it_was());
}

static void
unmap_that_ends_in_a_huge_page_is_refused_whole(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    NEED_HUGE_PAGES();
    assert_false(daxwin_window_unmap(window, 0, 2 * huge_page + pages(1), &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_true(is_as_it_was());
}

static void
map_over_a_part_of_a_huge_page_is_refused_whole(void **state)
{
    DaxwinMapping mapping = { huge_page, 0, pages(1), (DaxwinAccess)RW };
    g_autoptr(GError) error = NULL;

    (void)state;
    NEED_HUGE_PAGES();
    assert_false(daxwin_window_map(window, ordinary_file, &mapping, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_true(is_as_it_was());
}

static void
batch_over_a_huge_page_is_refused_whole(void **state)
{
    DaxwinMapping mappings[] = { { 0, 0, pages(1), (DaxwinAccess)RW },
                                 { huge_page, 0, huge_page, (DaxwinAccess)RW } };

    (void)state;
    NEED_HUGE_PAGES();
    assert_false(daxwin_window_map_batch(window, ordinary_file, mappings, 2, NULL));
    assert_true(is_as_it_was());
}

static void
whole_huge_page_is_unmapped_and_the_other_stays(void **state)
{
    DaxwinUsage usage;

    (void)state;
    NEED_HUGE_PAGES();
    assert_true(daxwin_window_unmap(window, huge_page, huge_page, NULL));
    daxwin_window_get_usage(window, &usage);
    assert_int_equal(usage.bytes_mapped, huge_page);
    assert_int_equal(byte_at(2 * huge_page), PATTERN);
    assert_true(daxwin_window_audit(window, NULL));
}

static void
whole_huge_page_is_replaced_by_an_ordinary_file(void **state)
{
    DaxwinMapping mapping = { huge_page, 0, huge_page, (DaxwinAccess)RW };

    (void)state;
    NEED_HUGE_PAGES();
    assert_true(daxwin_window_map(window, ordinary_file, &mapping, NULL));
    assert_int_equal(mark_at((char *)daxwin_window_get_base(window) + huge_page), mark_of(1, 0));
    assert_int_equal(byte_at(2 * huge_page), PATTERN);
    assert_true(daxwin_window_audit(window, NULL));
}

static void
truncated_huge_pages_are_covered_as_wholes(void **state)
{
    size_t n_pages = 0;

    (void)state;
    NEED_HUGE_PAGES();
    assert_int_equal(ftruncate(huge_file, (off_t)huge_page), 0);
    assert_true(daxwin_window_contain_truncated(window, &n_pages, NULL));
    assert_int_equal(n_pages, huge_page / pages(1));
    assert_int_equal(byte_at(huge_page), PATTERN);
    assert_int_equal(byte_at(3 * huge_page - 1), 0);
    assert_true(daxwin_window_audit(window, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unmap_of_a_part_of_a_huge_page_is_refused_whole),
        TEST(unmap_that_ends_in_a_huge_page_is_refused_whole),
        TEST(map_over_a_part_of_a_huge_page_is_refused_whole),
        TEST(batch_over_a_huge_page_is_refused_whole),
        TEST(whole_huge_page_is_unmapped_and_the_other_stays),
        TEST(whole_huge_page_is_replaced_by_an_ordinary_file),
        TEST(truncated_huge_pages_are_covered_as_wholes),
    };

    return cmocka_run_group_tests(tests, lend_huge_pages, take_huge_pages_back);
}
