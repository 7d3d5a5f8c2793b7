/* SPDX-License-Identifier: BSD-3-Clause */
/* test-json.c: an inventory of a window as a JSON object. */
#include "support/inventories.h"
#include "support/testing.h"

#include "json.h"

#include <string.h>

static bool
writes(const DaxwinInventory *inventory, const char *words)
{
    g_autofree char *text = daxwin_json_write(inventory);

    if (strstr(text, words) != NULL) {
        return true;
    }
    print_message("# no '%s' in\n# %s\n", words, text);
    return false;
}

static void
every_field_of_an_empty_window_is_there(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(8 * MIB, 0);
    g_autofree char *text = NULL;

    inventory.usage = (DaxwinUsage){ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
    text = daxwin_json_write(&inventory);
    assert_string_equal(
        text, "{\"size\": 8388608, \"base\": \"0x40000000\", \"strict\": false, "
              "\"foreign\": false, \"max-mappings\": 100, \"mappings\": 1, \"bytes-mapped\": 2, "
              "\"areas\": 3, \"area-budget\": 4, \"maps\": 5, \"unmaps\": 6, \"replaced\": 7, "
              "\"refused\": 8, \"contained-pages\": 9, \"containments\": 10, \"lost\": 11, "
              "\"gaps\": 1, \"largest-gap\": 8388608, \"pieces-left-out\": 0, \"pieces\": []}");
}

static void
a_piece_tells_where_it_is_from(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(8 * MIB, 1);

    add_piece(&inventory,
              (DaxwinMapping){ MIB, 4 * MIB, 2 * MIB, DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE },
              2);
    assert_true(writes(&inventory, "\"pieces\": [{\"window-offset\": 1048576, \"length\": 2097152, "
                                   "\"file-offset\": 4194304, \"access\": \"rw\", \"device\": "
                                   "\"8:1\", \"inode\": 7, \"mappings\": 2}]}"));
    assert_true(writes(&inventory, "\"gaps\": 2, \"largest-gap\": 5242880, "));
}

static void
a_file_that_is_not_known_is_null(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(8 * MIB, 1);

    add_piece(&inventory, (DaxwinMapping){ 0, 0, 8 * MIB, DAXWIN_ACCESS_WRITE }, 1);
    inventory.pieces[0].file = (DaxwinFileId){ 0, 0 };
    assert_true(writes(&inventory, "\"access\": \"w\", \"device\": null, \"inode\": null, "));
    assert_true(writes(&inventory, "\"gaps\": 0, \"largest-gap\": 0, "));
}

static void
flags_are_told(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(8 * MIB, 0);

    inventory.is_strict = true;
    inventory.has_foreign = true;
    assert_true(writes(&inventory, "\"strict\": true, \"foreign\": true, "));
}

static void
the_biggest_numbers_are_whole(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine(8 * MIB, 0);

    inventory.usage.refused = UINT64_MAX;
    assert_true(writes(&inventory, "\"refused\": 18446744073709551615, "));
}

static void
pieces_beyond_the_limit_are_counted(void **state)
{
    (void)state;

    g_auto(DaxwinInventory) inventory = imagine_many(262144);
    g_autofree char *text = daxwin_json_write(&inventory);

    assert_true(strlen(text) < 250 * 1024);
    assert_true(writes(&inventory, "\"gaps\": 262144, \"largest-gap\": 1048576, "
                                   "\"pieces-left-out\": 261120, "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_an_empty_window_is_there),
        cmocka_unit_test(a_piece_tells_where_it_is_from),
        cmocka_unit_test(a_file_that_is_not_known_is_null),
        cmocka_unit_test(flags_are_told),
        cmocka_unit_test(the_biggest_numbers_are_whole),
        cmocka_unit_test(pieces_beyond_the_limit_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
