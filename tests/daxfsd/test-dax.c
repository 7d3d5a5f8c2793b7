/* SPDX-License-Identifier: BSD-3-Clause */
/* test-dax.c: files in the window of a guest, and buffers that are there. */
#include "stage.h"
#include "support/areas.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PIECE = 0x200000, /* what Linux maps at a time */
    READ = FUSE_SETUPMAPPING_FLAG_READ,
    READ_WRITE = FUSE_SETUPMAPPING_FLAG_READ | FUSE_SETUPMAPPING_FLAG_WRITE
};

static bool
is_mapped(const Stage *stage, uint64_t offset)
{
    DaxwinMapping mapping;

    return daxwin_window_lookup(stage->front_end.window, offset, &mapping);
}

static DaxwinUsage
usage_of(const Stage *stage)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(stage->front_end.window, &usage);
    return usage;
}

static void
init_announces_what_dax_needs(void **state)
{
    const Stage *stage = *state;

    assert_true((stage->init.flags & FUSE_MAP_ALIGNMENT) != 0);
    assert_int_equal(1 << stage->init.map_alignment, getpagesize());
    assert_true((stage->init.flags & FUSE_INIT_EXT) != 0);
    assert_true((stage->init.flags2 & (FUSE_HAS_INODE_DAX >> 32)) != 0);
    assert_true((stage->init.flags & FUSE_HANDLE_KILLPRIV_V2) != 0);
    assert_false((stage->init.flags & FUSE_HANDLE_KILLPRIV) != 0);
}

static void
regular_files_are_marked_for_dax(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", 10, 0);
    const struct fuse_getattr_in in = { 0 };
    const FuseQuestion question = {
        .opcode = FUSE_GETATTR, .node = node, .structure = &in, .structure_length = sizeof(in)
    };
    struct fuse_attr_out answer;
    struct fuse_entry_out entry;

    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), 0);
    assert_int_equal(entry.attr.flags, FUSE_ATTR_DAX);
    assert_int_equal(fuse_client_ask(&stage->client, &question, &answer, sizeof(answer)), 0);
    assert_int_equal(answer.attr.flags, FUSE_ATTR_DAX);
}

static void
directories_are_not_marked(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "folder");
    struct fuse_entry_out entry;

    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "folder", &entry), 0);
    assert_int_equal(entry.attr.flags, 0);
}

static void
mapping_shows_the_file(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", 3 * PIECE / 2, 7);

    assert_int_equal(fuse_client_map(&stage->client, node, 0, PIECE, PIECE, READ), 0);
    assert_true(daemon_bytes_are(stage_window_at(stage, PIECE), 7, 0, PIECE));
    assert_int_equal(fuse_client_map(&stage->client, node, PIECE, 0, PIECE, READ), 0);
    assert_true(daemon_bytes_are(stage_window_at(stage, 0), 7, PIECE, PIECE / 2));
    assert_int_equal(usage_of(stage).bytes_mapped, 2 * PIECE);
}

static void
store_reaches_the_file(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", PIECE, 7);
    g_autofree char *path = daemon_path(&stage->daemon, "file");
    g_autofree char *contents = NULL;

    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ_WRITE), 0);
    memcpy(stage_window_at(stage, 1000), "stored", 6);
    assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    assert_memory_equal(contents + 1000, "stored", 6);
}

/* First read, then written: the same place is mapped again. */
static void
mapping_is_upgraded_in_place(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", PIECE, 7);

    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ), 0);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ_WRITE), 0);
    *stage_window_at(stage, 5) = 1;
    assert_int_equal(usage_of(stage).mappings, 1);
}

/* One open file for all mappings of an inode. */
static void
neighbours_become_one_kernel_area(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", 4 * PIECE, 7);

    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(
            fuse_client_map(&stage->client, node, i * PIECE, i * PIECE, PIECE, READ_WRITE), 0);
    }
    assert_true(is_one_area(stage_window_at(stage, 0), FRONT_END_WINDOW_SIZE, "rw-s"));
}

static void
window_is_the_front_ends_to_guard(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", 10, 7);

    assert_int_equal(fuse_client_map(&stage->client, node, 0, FRONT_END_WINDOW_SIZE, PIECE, READ),
                     EINVAL);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 1, PIECE, READ), EINVAL);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, UINT64_MAX, READ), EINVAL);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, 0), EINVAL);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, 4 | READ), EINVAL);
    assert_int_equal(usage_of(stage).mappings, 0);
}

static void
only_regular_files_are_mapped(void **state)
{
    Stage *stage = *state;

    assert_int_equal(fuse_client_map(&stage->client, FUSE_ROOT_ID, 0, 0, PIECE, READ), EISDIR);
    assert_int_equal(fuse_client_map(&stage->client, 77, 0, 0, PIECE, READ), ENOENT);
    assert_int_equal(stage->front_end.counts.maps, 0);
}

static void
unmapping_takes_many_at_once(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", FRONT_END_WINDOW_SIZE, 7);
    uint64_t page = (uint64_t)getpagesize();
    struct fuse_removemapping_one ranges[40];

    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, FRONT_END_WINDOW_SIZE, READ), 0);
    for (uint64_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        ranges[i] = (struct fuse_removemapping_one){ 2 * i * page, page };
    }
    assert_int_equal(fuse_client_unmap(&stage->client, ranges, G_N_ELEMENTS(ranges)), 0);
    for (uint64_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        assert_false(is_mapped(stage, 2 * i * page));
        assert_true(is_mapped(stage, (2 * i + 1) * page));
    }
    assert_int_equal(stage->front_end.counts.unmaps, 2); /* of 32 and of 8 */
    assert_int_equal(stage->front_end.counts.entries, 8);
}

static void
length_of_all_ones_unmaps_everything(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", PIECE, 7);
    const struct fuse_removemapping_one everything = { 0, UINT64_MAX };

    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ), 0);
    assert_int_equal(fuse_client_unmap(&stage->client, &everything, 1), 0);
    assert_int_equal(usage_of(stage).mappings, 0);
}

static void
destroy_clears_the_window(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", PIECE, 7);
    const FuseQuestion destroy = { .opcode = FUSE_DESTROY };
    struct fuse_entry_out entry;

    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ), 0);
    assert_int_equal(fuse_client_ask(&stage->client, &destroy, NULL, 0), 0);
    assert_int_equal(usage_of(stage).mappings, 0);
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), EIO);
}

/* A guest that was reset has not said goodbye. */
static void
init_clears_what_another_guest_has_left(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", PIECE, 7);
    uint64_t handle;

    assert_int_equal(fuse_client_open(&stage->client, node, O_RDONLY, &handle), 0);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ), 0);
    assert_int_equal(fuse_client_init(&stage->client, &stage->init), 0);
    assert_int_equal(usage_of(stage).mappings, 0);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ), ENOENT);
    assert_int_equal(fuse_client_read(&stage->client, handle, 0, (char[1]){ 0 }, 1), EBADF);
}

static void
without_a_channel_there_is_no_dax(void **state)
{
    Stage *stage = *state;
    uint64_t node = stage_make_node(stage, "file", PIECE, 7);
    const struct fuse_removemapping_one everything = { 0, UINT64_MAX };

    assert_true((stage->init.flags2 & (FUSE_HAS_INODE_DAX >> 32)) == 0);
    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, READ), ENODEV);
    assert_int_equal(fuse_client_unmap(&stage->client, &everything, 1), ENODEV);
}

static const struct CMUnitTest TESTS[] = {
    STAGE_TEST(init_announces_what_dax_needs),
    STAGE_TEST(regular_files_are_marked_for_dax),
    STAGE_TEST(directories_are_not_marked),
    STAGE_TEST(mapping_shows_the_file),
    STAGE_TEST(store_reaches_the_file),
    STAGE_TEST(mapping_is_upgraded_in_place),
    STAGE_TEST(neighbours_become_one_kernel_area),
    STAGE_TEST(window_is_the_front_ends_to_guard),
    STAGE_TEST(only_regular_files_are_mapped),
    STAGE_TEST(unmapping_takes_many_at_once),
    STAGE_TEST(length_of_all_ones_unmaps_everything),
    STAGE_TEST(destroy_clears_the_window),
    STAGE_TEST(init_clears_what_another_guest_has_left),
    cmocka_unit_test_setup_teardown(without_a_channel_there_is_no_dax, stage_set_up_without_window,
                                    stage_tear_down),
};

STAGE_MAIN(TESTS)
