/* SPDX-License-Identifier: BSD-3-Clause */
/* test-picture.c: an inventory of a window as a picture in text. */
#include "support/inventories.h"
#include "support/testing.h"

#include "picture.h"

#include <daxwin/size.h>
#include <string.h>

static const DaxwinAccess R = DAXWIN_ACCESS_READ;
static const DaxwinAccess W = DAXWIN_ACCESS_WRITE;

#define IDLE_16 "................"

/* Columns of 128 KiB, so that these are as wide on all hosts. */
static const uint64_t SMALL = 8 * MIB;

static bool
draws(const DaxwinInventory *inventory, const char *words)
{
    g_autofree char *text = daxwin_picture_draw(inventory);

    if (strstr(text, words) != NULL) {
        return true;
    }
    print_message("# no '%s' in\n%s", words, text);
    return false;
}

static size_t
count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static size_t
longest_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t longest = 0;

    for (size_t i = 0; lines[i] != NULL; i++) {
        longest = MAX(longest, strlen(lines[i]));
    }
    return longest;
}

static void
an_empty_window_is_all_dots(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(SMALL, 0);
    g_autofree char *text = daxwin_picture_draw(&inventory);

    assert_string_equal(
        text, "window of 8 MiB at 0x40000000: 0 KiB mapped, 0 %, by 0 mappings\n"
              "0x000000 |" IDLE_16 IDLE_16 IDLE_16 IDLE_16 "|\n"
              "          a column is 128 KiB: a letter for each piece, . nothing\n"
              "0x000000 .      8 MiB idle\n"
              "now: 0 of 100 mappings, 1 of 50 kernel areas, 0 pages contained\n"
              "since birth: 0 maps, 0 replaced, 0 unmaps, 0 refused, 0 lost, 0 pages contained\n");
}

static void
pieces_have_letters_where_they_lie(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(SMALL, 2);

    add_piece(&inventory, (DaxwinMapping){ 0, 4 * MIB, 2 * MIB, R }, 2);
    add_piece(&inventory, (DaxwinMapping){ 6 * MIB, 0, 2 * MIB, R | W }, 1);
    assert_true(draws(&inventory, ": 4 MiB mapped, 50 %, by 3 mappings\n"));
    assert_true(
        draws(&inventory, "0x000000 |aaaaaaaaaaaaaaaa" IDLE_16 IDLE_16 "bbbbbbbbbbbbbbbb|"));
    assert_true(draws(&inventory,
                      "0x000000 a      2 MiB r- from 0x400000 of inode 7 on 8:1, 2 mappings\n"
                      "0x200000 .      4 MiB idle\n"
                      "0x600000 b      2 MiB rw from 0x0 of inode 7 on 8:1\n"
                      "now: "));
}

static void
a_file_that_is_not_known_is_not_named(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(SMALL, 1);

    add_piece(&inventory, (DaxwinMapping){ 0, 0, MIB, W }, 1);
    inventory.pieces[0].file = (DaxwinFileId){ 0, 0 };
    assert_true(draws(&inventory, "0x000000 a      1 MiB -w from 0x0\n"));
}

static void
a_piece_smaller_than_a_column_is_seen(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(SMALL, 1);

    add_piece(&inventory, (DaxwinMapping){ 129 * 1024, 0, 64 * 1024, R }, 1);
    assert_true(draws(&inventory, "0x000000 |.a.............." IDLE_16));
    assert_true(draws(&inventory, "0x020400 a     64 KiB r-"));
}

static void
many_pieces_are_shown_by_how_much_is_mapped(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine_many(32); /* 64 columns of 1 MiB */

    inventory.pieces[1].mapping.length = MIB / 2;
    inventory.pieces[2].mapping.length = MIB / 4;
    assert_true(draws(&inventory, "0x0000000 |#.=.-.#.#."));
    assert_true(
        draws(&inventory, "a column is 1 MiB: # all of it mapped, = half or more, - less, "));
    assert_true(draws(&inventory, "  and 6 more pieces\n"));
}

static void
pieces_within_one_column_add_up(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine_many(1024); /* 512 columns of 4 MiB */

    assert_true(draws(&inventory, "a column is 4 MiB: "));
    assert_true(draws(&inventory, "0x00000000 |================================="));
}

static void
a_piece_may_fill_many_rows(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine((uint64_t)1 << 34, 1);

    add_piece(&inventory, (DaxwinMapping){ 0, 0, (uint64_t)1 << 34, R }, 1);
    assert_true(draws(&inventory, "0x000000000 |aaaa"));
    assert_true(draws(&inventory, "0x380000000 |aaaa"));
    assert_true(draws(&inventory, "a column is 32 MiB"));
    assert_true(draws(&inventory, ": 16 GiB mapped, 100 %"));
}

static void
the_smallest_window_is_one_column(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(daxwin_host_page_size(), 1);

    add_piece(&inventory, (DaxwinMapping){ 0, 0, daxwin_host_page_size(), R }, 1);
    assert_true(draws(&inventory, " |a|\n"));
}

static void
the_biggest_picture_has_a_limit(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine_many(262144);
    g_autofree char *text = daxwin_picture_draw(&inventory);

    assert_true(strlen(text) < 5 * 1024);
    assert_true(count_lines(text) < 70);
    assert_true(longest_line(text) <= 100);
    assert_true(draws(&inventory, "  and 262118 more pieces\n"));
}

static void
strict_and_foreign_are_told(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(SMALL, 0);

    inventory.is_strict = true;
    inventory.has_foreign = true;
    assert_true(draws(&inventory, "strict window of 8 MiB"));
    assert_true(draws(&inventory, "pages contained, foreign memory inside: no more maps\n"));
}

static void
every_counter_is_told(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(SMALL, 0);

    inventory.usage = (DaxwinUsage){ 1, 2 * MIB, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
    assert_true(draws(&inventory, ": 2 MiB mapped, 25 %, by 1 mappings\n"));
    assert_true(draws(&inventory,
                      "now: 1 of 100 mappings, 3 of 4 kernel areas, 9 pages contained\n"
                      "since birth: 5 maps, 7 replaced, 6 unmaps, 8 refused, 11 lost, 10 pages "
                      "contained\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_window_is_all_dots),
        cmocka_unit_test(pieces_have_letters_where_they_lie),
        cmocka_unit_test(a_file_that_is_not_known_is_not_named),
        cmocka_unit_test(a_piece_smaller_than_a_column_is_seen),
        cmocka_unit_test(many_pieces_are_shown_by_how_much_is_mapped),
        cmocka_unit_test(pieces_within_one_column_add_up),
        cmocka_unit_test(a_piece_may_fill_many_rows),
        cmocka_unit_test(the_smallest_window_is_one_column),
        cmocka_unit_test(the_biggest_picture_has_a_limit),
        cmocka_unit_test(strict_and_foreign_are_told),
        cmocka_unit_test(every_counter_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
