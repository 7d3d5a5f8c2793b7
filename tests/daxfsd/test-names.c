/* SPDX-License-Identifier: BSD-3-Clause */
/* test-names.c: what a guest does with names and directories, seen from the host. */
#include "stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static bool
is_there(const Stage *stage, const char *name)
{
    g_autofree char *path = daemon_path(&stage->daemon, name);

    return g_file_test(path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
}

static uint64_t
node_of(Stage *stage, const char *name)
{
    struct fuse_entry_out entry;

    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, name, &entry), 0);
    return entry.nodeid;
}

static void
names_are_moved(void **state)
{
    Stage *stage = *state;
    static const char NAMES[] = "old\0new";
    struct fuse_rename2_in move = { .newdir = FUSE_ROOT_ID };

    assert_true(daemon_make_file(&stage->daemon, "old", 1, 0));
    assert_int_equal(
        stage_ask_with_names(stage, FUSE_RENAME2, &move, sizeof(move), NAMES, sizeof(NAMES)), 0);
    assert_false(is_there(stage, "old"));
    assert_true(is_there(stage, "new"));
    assert_true(daemon_make_file(&stage->daemon, "old", 1, 0));
    move.flags = RENAME_NOREPLACE;
    assert_int_equal(
        stage_ask_with_names(stage, FUSE_RENAME2, &move, sizeof(move), NAMES, sizeof(NAMES)),
        EEXIST);
    assert_int_equal(stage_ask_with_names(stage, FUSE_RENAME, &move, sizeof(struct fuse_rename_in),
                                          NAMES, sizeof(NAMES)),
                     0);
    assert_false(is_there(stage, "old"));
}

static void
names_are_removed(void **state)
{
    Stage *stage = *state;
    const struct fuse_mkdir_in make = { .mode = 0755 };

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    assert_int_equal(stage_ask_with_names(stage, FUSE_MKDIR, &make, sizeof(make), "dir", 4), 0);
    assert_int_equal(stage_ask_with_names(stage, FUSE_RMDIR, NULL, 0, "file", 5), ENOTDIR);
    assert_int_equal(stage_ask_with_names(stage, FUSE_UNLINK, NULL, 0, "file", 5), 0);
    assert_int_equal(stage_ask_with_names(stage, FUSE_UNLINK, NULL, 0, "file", 5), ENOENT);
    assert_int_equal(stage_ask_with_names(stage, FUSE_RMDIR, NULL, 0, "dir", 4), 0);
    assert_false(is_there(stage, "file"));
    assert_false(is_there(stage, "dir"));
}

static void
files_get_more_names(void **state)
{
    Stage *stage = *state;
    struct fuse_link_in link = { 0 };
    g_autofree char *path = daemon_path(&stage->daemon, "other");
    struct stat status;

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    link.oldnodeid = node_of(stage, "file");
    assert_int_equal(stage_ask_with_names(stage, FUSE_LINK, &link, sizeof(link), "other", 6), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_nlink, 2);
    assert_int_equal(node_of(stage, "other"), link.oldnodeid);
}

/* A second name for a link, not for what it leads to. */
static void
symbolic_links_are_made_read_and_linked(void **state)
{
    Stage *stage = *state;
    static const char NAMES[] = "link\0../outside";
    FuseQuestion question = { .opcode = FUSE_READLINK };
    struct fuse_link_in link = { 0 };
    char target[100] = "";
    g_autofree char *path = daemon_path(&stage->daemon, "other");
    struct stat status;

    assert_int_equal(stage_ask_with_names(stage, FUSE_SYMLINK, NULL, 0, NAMES, sizeof(NAMES)), 0);
    question.node = node_of(stage, "link");
    assert_int_equal(fuse_client_ask(&stage->client, &question, target, sizeof(target)), 0);
    assert_string_equal(target, "../outside");
    link.oldnodeid = question.node;
    assert_int_equal(stage_ask_with_names(stage, FUSE_LINK, &link, sizeof(link), "other", 6), 0);
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static uint64_t
open_directory(Stage *stage, uint64_t node)
{
    const struct fuse_open_in open = { 0 };
    const FuseQuestion question = {
        .opcode = FUSE_OPENDIR, .node = node, .structure = &open, .structure_length = sizeof(open)
    };
    struct fuse_open_out answer;

    assert_int_equal(fuse_client_ask(&stage->client, &question, &answer, sizeof(answer)), 0);
    return answer.fh;
}

enum {
    FILES = 300,
    ROOM = 4096
};

static int
read_directory(Stage *stage, uint32_t opcode, uint64_t handle, uint64_t offset, char *answer)
{
    const struct fuse_read_in read = { .fh = handle, .offset = offset, .size = ROOM };
    const FuseQuestion question = {
        .opcode = opcode,
        .node = FUSE_ROOT_ID,
        .structure = &read,
        .structure_length = sizeof(read),
    };

    return fuse_client_ask(&stage->client, &question, answer, ROOM);
}

/* Adds the names in an answer to a set; returns where to go on, or 0 at the end. */
static uint64_t
collect(const Stage *stage, const char *answer, bool has_attributes, GHashTable *names)
{
    size_t offset = 0;
    uint64_t next = 0;

    while (offset < stage->client.answer_length) {
        const struct fuse_direntplus *plus = (const void *)(answer + offset);
        const struct fuse_dirent *entry =
            has_attributes ? &plus->dirent : (const void *)(answer + offset);

        g_hash_table_add(names, g_strndup(entry->name, entry->namelen));
        next = entry->off;
        offset += has_attributes ? FUSE_DIRENTPLUS_SIZE(plus) : FUSE_DIRENT_SIZE(entry);
    }
    return next;
}

static void
make_many_files(const Stage *stage)
{
    for (int i = 0; i < FILES; i++) {
        g_autofree char *name = g_strdup_printf("file-%d", i);

        assert_true(daemon_make_file(&stage->daemon, name, 1, 0));
    }
}

static void
directories_are_listed(void **state)
{
    Stage *stage = *state;
    const uint32_t opcodes[] = { FUSE_READDIR, FUSE_READDIRPLUS };

    make_many_files(stage);
    for (size_t i = 0; i < G_N_ELEMENTS(opcodes); i++) {
        g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        uint64_t handle = open_directory(stage, FUSE_ROOT_ID);
        uint64_t offset = 0;
        _Alignas(8) char answer[ROOM];

        do {
            assert_int_equal(read_directory(stage, opcodes[i], handle, offset, answer), 0);
            offset = collect(stage, answer, opcodes[i] == FUSE_READDIRPLUS, names);
        } while (offset != 0);
        assert_int_equal(g_hash_table_size(names), FILES + 2); /* "." and ".." */
        assert_true(g_hash_table_contains(names, "file-299"));
    }
}

/* As getdents() has it: an answer without an entry would be the end of the directory. */
static void
listing_without_room_is_an_error(void **state)
{
    Stage *stage = *state;
    const struct fuse_read_in read = { .fh = open_directory(stage, FUSE_ROOT_ID), .size = 20 };
    const FuseQuestion question = {
        .opcode = FUSE_READDIR,
        .node = FUSE_ROOT_ID,
        .structure = &read,
        .structure_length = sizeof(read),
    };
    char answer[100];

    assert_int_equal(fuse_client_ask(&stage->client, &question, answer, sizeof(answer)), EINVAL);
}

/* FUSE_READDIRPLUS counts as a lookup of each. */
static void
listed_files_can_be_opened(void **state)
{
    Stage *stage = *state;
    uint64_t directory = open_directory(stage, FUSE_ROOT_ID);
    _Alignas(8) char answer[ROOM];
    size_t opened = 0;

    make_many_files(stage);
    assert_int_equal(read_directory(stage, FUSE_READDIRPLUS, directory, 0, answer), 0);
    for (size_t offset = 0; offset < stage->client.answer_length;) {
        const struct fuse_direntplus *plus = (const void *)(answer + offset);
        uint32_t length = stage->client.answer_length;
        uint64_t handle;

        if (plus->entry_out.nodeid != 0) {
            assert_int_equal(plus->entry_out.attr.flags, FUSE_ATTR_DAX);
            assert_int_equal(
                fuse_client_open(&stage->client, plus->entry_out.nodeid, O_RDONLY, &handle), 0);
            opened++;
        }
        stage->client.answer_length = length;
        offset += FUSE_DIRENTPLUS_SIZE(plus);
    }
    assert_true(opened > 10);
}

static void
directory_handles_are_not_file_handles(void **state)
{
    Stage *stage = *state;
    uint64_t directory = open_directory(stage, FUSE_ROOT_ID);
    _Alignas(8) char answer[ROOM];
    uint64_t node;
    uint64_t file;

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    assert_int_equal(stage_open(stage, "file", O_RDONLY, &node, &file), 0);
    assert_int_equal(fuse_client_read(&stage->client, directory, 0, answer, 1), EBADF);
    assert_int_equal(read_directory(stage, FUSE_READDIR, file, 0, answer), EBADF);
}

static void
filesystem_is_that_of_the_host(void **state)
{
    Stage *stage = *state;
    const FuseQuestion question = { .opcode = FUSE_STATFS, .node = FUSE_ROOT_ID };
    struct fuse_statfs_out answer;
    struct statvfs status;

    assert_int_equal(fuse_client_ask(&stage->client, &question, &answer, sizeof(answer)), 0);
    assert_int_equal(statvfs(stage->daemon.shared, &status), 0);
    assert_int_equal(answer.st.blocks, status.f_blocks);
    assert_int_equal(answer.st.namelen, status.f_namemax);
}

static const struct CMUnitTest TESTS[] = {
    STAGE_TEST(names_are_moved),
    STAGE_TEST(names_are_removed),
    STAGE_TEST(files_get_more_names),
    STAGE_TEST(symbolic_links_are_made_read_and_linked),
    STAGE_TEST(directories_are_listed),
    STAGE_TEST(listing_without_room_is_an_error),
    STAGE_TEST(listed_files_can_be_opened),
    STAGE_TEST(directory_handles_are_not_file_handles),
    STAGE_TEST(filesystem_is_that_of_the_host),
};

STAGE_MAIN(TESTS)
