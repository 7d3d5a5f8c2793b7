/* SPDX-License-Identifier: BSD-3-Clause */
/* test-inventory.c: all that a window holds and has done, at one moment. */
#include "support/testing.h"
#include "support/windows.h"

#include "inventory.h"

#include <sys/stat.h>

static bool
is_piece(const DaxwinPiece *piece, DaxwinMapping mapping, size_t mappings)
{
    return piece->mapping.window_offset == mapping.window_offset &&
           piece->mapping.file_offset == mapping.file_offset &&
           piece->mapping.length == mapping.length && piece->mapping.access == mapping.access &&
           piece->mappings == mappings;
}

static bool
is_file(const DaxwinPiece *piece, int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && piece->file.device == status.st_dev &&
           piece->file.inode == status.st_ino;
}

static void
an_empty_window_is_one_gap(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };

    daxwin_inventory_take(&inventory, f->window);
    assert_int_equal(inventory.n_pieces, 0);
    assert_int_equal(inventory.size, pages(WINDOW_PAGES));
    assert_ptr_equal(inventory.base, daxwin_window_get_base(f->window));
    assert_false(inventory.is_strict || inventory.has_foreign);
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 0).offset, 0);
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 0).length, pages(WINDOW_PAGES));
}

static void
neighbours_that_continue_each_other_are_one_piece(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };

    assert_true(map_pages(f, f->file, 4, 2, R) && map_pages(f, f->file, 6, 2, R) &&
                map_pages(f, f->file, 8, 1, R));
    daxwin_inventory_take(&inventory, f->window);
    assert_int_equal(inventory.n_pieces, 1);
    assert_true(is_piece(&inventory.pieces[0], piece(4, 4, 5, R), 3));
    assert_true(is_file(&inventory.pieces[0], f->file));
}

static void
other_neighbours_are_several(void **state)
{
    Fixture *f = *state;
    DaxwinMapping elsewhere = piece(8, 20, 2, R);
    g_auto(DaxwinInventory) inventory = { 0 };

    assert_true(map_pages(f, f->file, 2, 2, R) && map_pages(f, f->file, 4, 2, RW) &&
                map_pages(f, f->other, 6, 2, RW) &&
                daxwin_window_map(f->window, f->other, &elsewhere, NULL));
    daxwin_inventory_take(&inventory, f->window);
    assert_int_equal(inventory.n_pieces, 4);
    assert_true(is_piece(&inventory.pieces[0], piece(2, 2, 2, R), 1));
    assert_true(is_piece(&inventory.pieces[1], piece(4, 4, 2, RW), 1));
    assert_true(is_piece(&inventory.pieces[2], piece(6, 6, 2, RW), 1));
    assert_true(is_piece(&inventory.pieces[3], elsewhere, 1));
    assert_true(is_file(&inventory.pieces[1], f->file) && is_file(&inventory.pieces[2], f->other));
}

static void
gaps_are_before_between_and_behind(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };

    assert_true(map_pages(f, f->file, 4, 2, R) && map_pages(f, f->other, 6, 1, R) &&
                map_pages(f, f->file, 10, 1, R));
    daxwin_inventory_take(&inventory, f->window);
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 0).length, pages(4));
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 1).length, 0);
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 2).offset, pages(7));
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 2).length, pages(3));
    assert_int_equal(daxwin_inventory_gap_before(&inventory, 3).length, pages(WINDOW_PAGES - 11));
}

static void
usage_and_limit_are_those_of_the_window(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };
    DaxwinUsage usage;

    assert_true(map_pages(f, f->file, 4, 2, R) && unmap_pages(f, 5, 1));
    usage = usage_of(f);
    daxwin_window_set_limit(f->window, 17);
    daxwin_inventory_take(&inventory, f->window);
    assert_memory_equal(&inventory.usage, &usage, sizeof(usage));
    assert_int_equal(inventory.usage.maps, 1);
    assert_int_equal(inventory.max_mappings, 17);
}

static void
a_window_that_is_strict_says_so(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };

    daxwin_inventory_take(&inventory, f->window);
    assert_true(inventory.is_strict);
}

static void
a_window_with_foreign_memory_says_so(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };

    assert_int_equal(munmap(address_of(f, 4), pages(1)), 0);
    assert_false(daxwin_window_audit(f->window, NULL));
    daxwin_inventory_take(&inventory, f->window);
    assert_true(inventory.has_foreign);
}

static void
files_that_a_driver_shows_are_not_known(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };
    DaxwinMapping halves[] = { piece(0, 0, 1, R), piece(1, 1, 1, R) };
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0 && daxwin_window_map(f->window, fd, &halves[0], NULL) &&
                daxwin_window_map(f->window, fd, &halves[1], NULL));
    (void)close(fd);
    daxwin_inventory_take(&inventory, f->window);
    assert_int_equal(inventory.n_pieces, 2);
    assert_false(daxwin_file_id_is_known(&inventory.pieces[0].file));
}

static void
an_inventory_is_not_changed_any_more(void **state)
{
    Fixture *f = *state;
    g_auto(DaxwinInventory) inventory = { 0 };

    assert_true(map_pages(f, f->file, 4, 2, R));
    daxwin_inventory_take(&inventory, f->window);
    assert_true(daxwin_window_clear(f->window, NULL) && map_pages(f, f->other, 0, 1, R));
    assert_true(is_piece(&inventory.pieces[0], piece(4, 4, 2, R), 1));
    assert_int_equal(inventory.usage.mappings, 1);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_window_is_one_gap, start_default),
        TEST(neighbours_that_continue_each_other_are_one_piece, start_default),
        TEST(other_neighbours_are_several, start_default),
        TEST(gaps_are_before_between_and_behind, start_default),
        TEST(usage_and_limit_are_those_of_the_window, start_default),
        TEST(a_window_that_is_strict_says_so, start_strict),
        TEST(a_window_with_foreign_memory_says_so, start_default),
        TEST(files_that_a_driver_shows_are_not_known, start_any_file),
        TEST(an_inventory_is_not_changed_any_more, start_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
