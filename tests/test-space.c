/* SPDX-License-Identifier: BSD-3-Clause */
/* test-space.c: birth and death of a space, and what its lists say after a change. */
#include "space.h"

#include "support/host-stand-ins.h"
#include "support/spaces.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>

enum {
    WINDOW_PAGES = 16
};

static const int R = DAXWIN_ACCESS_READ;

static DaxwinSpace space;
static MarkedFile file;

static int
start(void **state)
{
    (void)state;
    host_faults_reset();
    return open_marked(&file, 1, WINDOW_PAGES) &&
                   daxwin_space_init(&space, pages(WINDOW_PAGES), PROT_NONE, NULL)
               ? 0
               : -1;
}

static int
start_without_space(void **state)
{
    (void)state;
    host_faults_reset();
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    host_faults_reset();
    daxwin_space_clear(&space);
    (void)close(file.fd);
    return 0;
}

static void
new_space_is_idle_and_armed(void **state)
{
    (void)state;
    assert_true(is_one_area(space.reservation.base, pages(WINDOW_PAGES), "---p"));
    assert_true(space.parachute.is_armed);
    assert_false(space.has_foreign);
    assert_int_equal(space.table.size, pages(WINDOW_PAGES));
    assert_int_equal(space.retreating.size, pages(WINDOW_PAGES));
    assert_true(space_agrees(&space));
}

/* The errno with which the birth of a space fails, which has to give back all it took. */
static int
errno_of_birth(HostFunction function, int saved_errno, size_t turn, size_t n_releases)
{
    g_autoptr(GError) error = NULL;
    DaxwinSpace failed;

    host_faults_reset();
    host_faults_refuse(function, saved_errno, turn, 1);
    if (daxwin_space_init(&failed, pages(WINDOW_PAGES), PROT_NONE, &error)) {
        daxwin_space_clear(&failed);
        return 0;
    }
    return host_faults_count(HOST_RELEASE) >= n_releases ? daxwin_error_to_errno(error) : -1;
}

static void
refused_birth_reports_its_errno_and_leaves_nothing(void **state)
{
    enum {
        RESERVATION = 1,
        AND_OVERLAY = 2,
        AND_PARACHUTE = 3
    };

    (void)state;
    assert_int_equal(errno_of_birth(HOST_RESERVE, ENOMEM, 1, 0), ENOMEM);
    assert_int_equal(errno_of_birth(HOST_ALLOCATE_LAZILY, EAGAIN, 1, RESERVATION), EAGAIN);
    assert_int_equal(errno_of_birth(HOST_RESERVE, ENOMEM, 2, AND_OVERLAY), ENOMEM);
    assert_int_equal(errno_of_birth(HOST_PROTECT, ENOMEM, 1, AND_PARACHUTE), ENOMEM);
    assert_int_equal(errno_of_birth(HOST_PROTECT, ENOMEM, 2, AND_PARACHUTE), ENOMEM);
}

static void
death_takes_all_mappings_with_it(void **state)
{
    char *base = space.reservation.base;

    assert_true(show(&space, &file, piece(2, 2, 2, R)));
    daxwin_space_clear(&space);
    assert_int_equal(report_areas(base, pages(WINDOW_PAGES)).covered, 0);
    (void)close(file.fd);
    assert_int_equal(start(state), 0);
}

static void
refused_death_is_tried_again_without_the_mappings(void **state)
{
    char *base = space.reservation.base;

    assert_true(show(&space, &file, piece(2, 2, 2, R)) && show(&space, &file, piece(6, 6, 2, R)));
    host_faults_reset();
    host_faults_refuse(HOST_RELEASE, ENOMEM, 2, 1); /* the first is that of the parachute */
    daxwin_space_clear(&space);
    assert_int_equal(report_areas(base, pages(WINDOW_PAGES)).covered, 0);
    assert_int_equal(host_faults_count(HOST_RELEASE), 6);
    (void)close(file.fd);
    assert_int_equal(start(state), 0);
}

static void
addresses_around_foreign_memory_are_given_up(void **state)
{
    char *base = space.reservation.base;

    damage_foreign(base, pages(2));
    space.has_foreign = true;
    daxwin_space_clear(&space);
    assert_string_equal(base + pages(1), foreign_text);
    (void)munmap(base, pages(WINDOW_PAGES));
    (void)close(file.fd);
    assert_int_equal(start(state), 0);
}

static void
unlisting_ends_all_that_was_known_of_a_range(void **state)
{
    DaxwinTableEntry retreat = { .mapping = piece(8, 0, 2, R) };

    (void)state;
    assert_true(show(&space, &file, piece(2, 2, 4, R)) && put_zeros(&space, 3, PROT_READ));
    daxwin_mapping_table_insert(&space.retreating, &retreat);
    assert_int_equal(daxwin_space_unlist(&space, page_range(3, 6)), 1);
    assert_int_equal(space.contained.count, 0);
    assert_int_equal(space.table.count, 1);
    assert_int_equal(space.table.bytes, pages(1));
    assert_int_equal(space.retreating.bytes, pages(1));
}

/* A mapping of huge pages of 4 host pages, at the window pages [4, 12). */
static void
list_huge(void)
{
    DaxwinTableEntry entry = { piece(4, 0, 8, R), file.file };

    entry.file.page = pages(4);
    daxwin_space_list(&space, &entry);
}

static void
range_that_cuts_a_huge_page_is_recognized(void **state)
{
    (void)state;
    list_huge();
    assert_false(daxwin_space_cuts_huge_page(&space, page_range(4, 8)));
    assert_false(daxwin_space_cuts_huge_page(&space, page_range(4, 4)));
    assert_false(daxwin_space_cuts_huge_page(&space, page_range(8, 4)));
    assert_false(daxwin_space_cuts_huge_page(&space, page_range(0, WINDOW_PAGES)));
    assert_false(daxwin_space_cuts_huge_page(&space, page_range(0, 2)));
    assert_true(daxwin_space_cuts_huge_page(&space, page_range(5, 3)));
    assert_true(daxwin_space_cuts_huge_page(&space, page_range(4, 1)));
    assert_true(daxwin_space_cuts_huge_page(&space, page_range(1, 6)));
    assert_true(daxwin_space_cuts_huge_page(&space, page_range(11, 3)));
}

static GError *
explanation_of(DaxwinRange range, int saved_errno)
{
    GError *error = NULL;

    daxwin_space_explain(&space, range, saved_errno, "cannot try", &error);
    return error;
}

static void
refusal_is_explained_by_huge_pages_only_if_they_are_why(void **state)
{
    g_autoptr(GError) cut = NULL;
    g_autoptr(GError) whole = NULL;
    g_autoptr(GError) other = NULL;

    (void)state;
    list_huge();
    cut = explanation_of(page_range(5, 3), EINVAL);
    whole = explanation_of(page_range(4, 4), EINVAL);
    other = explanation_of(page_range(5, 3), ENOMEM);
    assert_true(g_error_matches(cut, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_true(g_str_has_suffix(cut->message, ": an end of it cuts a huge page in two"));
    assert_true(g_error_matches(whole, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(whole), EINVAL);
    assert_true(g_error_matches(other, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(other), ENOMEM);
    assert_true(g_str_has_prefix(other->message, "cannot try [0x"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_space_is_idle_and_armed),
        cmocka_unit_test_setup(refused_birth_reports_its_errno_and_leaves_nothing,
                               start_without_space),
        TEST(death_takes_all_mappings_with_it),
        TEST(refused_death_is_tried_again_without_the_mappings),
        TEST(addresses_around_foreign_memory_are_given_up),
        TEST(unlisting_ends_all_that_was_known_of_a_range),
        TEST(range_that_cuts_a_huge_page_is_recognized),
        TEST(refusal_is_explained_by_huge_pages_only_if_they_are_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
