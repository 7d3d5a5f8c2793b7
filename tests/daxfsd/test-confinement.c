/* SPDX-License-Identifier: BSD-3-Clause */
/* test-confinement.c: guests that try to get at more than the shared directory. */
#include "stage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static int
look_up(Stage *stage, uint64_t parent, const char *name, struct fuse_entry_out *entry)
{
    return fuse_client_look_up(&stage->client, parent, name, entry);
}

/* What opening comes to, for reading and for writing. */
static int
open_result(Stage *stage, const char *name, uint32_t flags)
{
    uint64_t node;
    uint64_t handle;

    return stage_open(stage, name, flags, &node, &handle);
}

static void
names_that_lead_elsewhere_are_refused(void **state)
{
    Stage *stage = *state;
    const char *const names[] = { "..", ".",           "",           "../outside", "folder/..",
                                  "/",  "/etc/passwd", "folder/file" };
    g_autofree char *folder = daemon_path(&stage->daemon, "folder");
    struct fuse_entry_out entry;

    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "folder", &entry), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct fuse_entry_out found;

        assert_int_equal(look_up(stage, FUSE_ROOT_ID, names[i], &found), EINVAL);
        assert_int_equal(look_up(stage, entry.nodeid, names[i], &found), EINVAL);
    }
}

static void
name_may_have_255_bytes(void **state)
{
    Stage *stage = *state;
    g_autofree char *longest = g_strnfill(255, 'x');
    g_autofree char *longer = g_strnfill(256, 'x');
    struct fuse_entry_out entry;

    assert_int_equal(look_up(stage, FUSE_ROOT_ID, longest, &entry), ENOENT);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, longer, &entry), ENAMETOOLONG);
}

/* A link is found as what it is: where it leads is the guest's affair, within the guest. */
static void
symbolic_links_are_not_followed(void **state)
{
    Stage *stage = *state;
    g_autofree char *to_file = daemon_path(&stage->daemon, "to-file");
    g_autofree char *to_folder = daemon_path(&stage->daemon, "to-folder");
    struct fuse_entry_out entry;
    struct fuse_entry_out found;

    assert_int_equal(symlink(stage->daemon.outside, to_file), 0);
    assert_int_equal(symlink(stage->daemon.folder, to_folder), 0);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "to-file", &entry), 0);
    assert_true(S_ISLNK(entry.attr.mode));
    assert_int_equal(open_result(stage, "to-file", O_RDONLY), ENXIO);
    assert_int_equal(open_result(stage, "to-file", O_RDWR | O_TRUNC), ENXIO);
    assert_int_equal(
        fuse_client_map(&stage->client, entry.nodeid, 0, 0, 4096, FUSE_SETUPMAPPING_FLAG_READ),
        ENXIO);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "to-folder", &entry), 0);
    assert_int_equal(look_up(stage, entry.nodeid, "outside", &found), ENOTDIR);
}

/* What an inode was when it was looked up, it remains, whatever takes its name. */
static void
node_does_not_become_what_takes_its_name(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "file");
    struct fuse_entry_out entry;
    uint64_t handle;
    char bytes[6];

    assert_true(g_file_set_contents(path, "shared", 6, NULL));
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "file", &entry), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(stage->daemon.outside, path), 0);
    assert_int_equal(fuse_client_open(&stage->client, entry.nodeid, O_RDONLY, &handle), 0);
    assert_int_equal(fuse_client_read(&stage->client, handle, 0, bytes, sizeof(bytes)), 0);
    assert_memory_equal(bytes, "shared", sizeof(bytes));
}

static void
changes_do_not_go_through_symbolic_links(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "link");
    const struct fuse_setattr_in set = { .valid = FATTR_MODE | FATTR_SIZE, .mode = S_IFLNK | 0600 };
    struct fuse_entry_out entry;
    struct fuse_attr_out answer;
    struct stat before;
    struct stat after;
    FuseQuestion question = { .opcode = FUSE_SETATTR,
                              .structure = &set,
                              .structure_length = sizeof(set) };

    assert_int_equal(symlink(stage->daemon.outside, path), 0);
    assert_int_equal(stat(stage->daemon.outside, &before), 0);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "link", &entry), 0);
    question.node = entry.nodeid;
    assert_int_not_equal(fuse_client_ask(&stage->client, &question, &answer, sizeof(answer)), 0);
    assert_int_equal(stat(stage->daemon.outside, &after), 0);
    assert_memory_equal(&before, &after, sizeof(before));
}

/* O_CREAT would otherwise follow a link that leads nowhere yet. */
static void
creating_does_not_go_through_symbolic_links(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "link");
    g_autofree char *target = g_build_filename(stage->daemon.folder, "made", NULL);
    uint64_t node;
    uint64_t handle;

    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(
        fuse_client_create(&stage->client, "link", O_RDWR, S_IFREG | 0644, &node, &handle), ENXIO);
    assert_false(g_file_test(target, G_FILE_TEST_EXISTS));
}

/* Opening one for reading would wait for ever for a writer. */
static void
pipes_are_not_opened(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "pipe");
    uint64_t node;
    uint64_t handle;

    assert_int_equal(mkfifo(path, 0644), 0);
    assert_int_equal(open_result(stage, "pipe", O_RDONLY), ENXIO);
    assert_int_equal(open_result(stage, "pipe", O_WRONLY), ENXIO);
    assert_int_equal(
        fuse_client_create(&stage->client, "pipe", O_RDWR, S_IFREG | 0644, &node, &handle), ENXIO);
}

static void
sockets_are_not_opened(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "socket");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(open_result(stage, "socket", O_RDWR), ENXIO);
    (void)close(fd);
}

static void
devices_are_not_opened(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "zero");

    if (mknod(path, S_IFCHR | 0666, makedev(1, 5)) != 0) {
        SKIP_BECAUSE("devices cannot be made here");
    }
    assert_int_equal(open_result(stage, "zero", O_RDONLY), ENXIO);
    assert_int_equal(open_result(stage, "zero", O_RDWR), ENXIO);
}

static int
make_node(Stage *stage, const char *name, uint32_t mode, dev_t device)
{
    const struct fuse_mknod_in make = { .mode = mode, .rdev = (uint32_t)device };
    const FuseQuestion question = {
        .opcode = FUSE_MKNOD,
        .node = FUSE_ROOT_ID,
        .structure = &make,
        .structure_length = sizeof(make),
        .rest = name,
        .rest_length = strlen(name) + 1,
    };
    struct fuse_entry_out entry;

    return fuse_client_ask(&stage->client, &question, &entry, sizeof(entry));
}

static void
guest_cannot_make_devices(void **state)
{
    Stage *stage = *state;

    assert_int_equal(make_node(stage, "zero", S_IFCHR | 0666, makedev(1, 5)), EPERM);
    assert_int_equal(make_node(stage, "disk", S_IFBLK | 0666, makedev(8, 0)), EPERM);
    assert_int_equal(make_node(stage, "disk", S_IFBLK | 0666, 0), EPERM);
    assert_int_equal(make_node(stage, "file", S_IFREG | 0644, 0), 0);
    assert_int_equal(make_node(stage, "pipe", S_IFIFO | 0644, 0), 0);
    assert_int_equal(make_node(stage, "../file", S_IFREG | 0644, 0), EINVAL);
}

/* Two names, in one directory or two. */
static int
rename_node(Stage *stage, const char *names, size_t length, uint64_t new_parent)
{
    const struct fuse_rename2_in move = { .newdir = new_parent };
    const FuseQuestion question = {
        .opcode = FUSE_RENAME2,
        .node = FUSE_ROOT_ID,
        .structure = &move,
        .structure_length = sizeof(move),
        .rest = names,
        .rest_length = length,
    };

    return fuse_client_ask(&stage->client, &question, NULL, 0);
}

static int
ask_about_name(Stage *stage, uint32_t opcode, const char *name)
{
    const FuseQuestion question = {
        .opcode = opcode, .node = FUSE_ROOT_ID, .rest = name, .rest_length = strlen(name) + 1
    };

    return fuse_client_ask(&stage->client, &question, NULL, 0);
}

static void
names_are_not_moved_or_removed_elsewhere(void **state)
{
    Stage *stage = *state;
    static const char OUT[] = "file\0../file";
    static const char IN[] = "../outside\0file";

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    assert_int_equal(rename_node(stage, OUT, sizeof(OUT), FUSE_ROOT_ID), EINVAL);
    assert_int_equal(rename_node(stage, IN, sizeof(IN), FUSE_ROOT_ID), EINVAL);
    assert_int_equal(ask_about_name(stage, FUSE_UNLINK, "../outside"), EINVAL);
    assert_int_equal(ask_about_name(stage, FUSE_RMDIR, ".."), EINVAL);
    assert_true(g_file_test(stage->daemon.outside, G_FILE_TEST_EXISTS));
}

static void
numbers_that_were_made_up_are_refused(void **state)
{
    Stage *stage = *state;
    const uint64_t made_up[] = { 0, 2, 0x7f0000000000, UINT64_MAX };
    struct fuse_entry_out entry;
    uint64_t handle;
    char byte;

    for (size_t i = 0; i < G_N_ELEMENTS(made_up); i++) {
        assert_int_equal(look_up(stage, made_up[i], "file", &entry), ENOENT);
        assert_int_equal(fuse_client_open(&stage->client, made_up[i], O_RDONLY, &handle), ENOENT);
        assert_int_equal(fuse_client_read(&stage->client, made_up[i], 0, &byte, 1), EBADF);
        assert_int_equal(fuse_client_write(&stage->client, made_up[i], 0, "x", 1), EBADF);
        assert_int_equal(fuse_client_forget(&stage->client, made_up[i], 1), 0);
    }
}

static void
node_is_gone_when_all_lookups_are_forgotten(void **state)
{
    Stage *stage = *state;
    struct fuse_entry_out entry;
    struct fuse_entry_out again;
    uint64_t handle;

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "file", &entry), 0);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "file", &again), 0);
    assert_int_equal(again.nodeid, entry.nodeid);
    assert_int_equal(fuse_client_forget(&stage->client, entry.nodeid, 1), 0);
    assert_int_equal(fuse_client_open(&stage->client, entry.nodeid, O_RDONLY, &handle), 0);
    assert_int_equal(fuse_client_forget(&stage->client, entry.nodeid, UINT64_MAX), 0);
    assert_int_equal(fuse_client_open(&stage->client, entry.nodeid, O_RDONLY, &handle), ENOENT);
    assert_int_equal(fuse_client_forget(&stage->client, FUSE_ROOT_ID, UINT64_MAX), 0);
    assert_int_equal(look_up(stage, FUSE_ROOT_ID, "file", &again), 0);
    assert_int_not_equal(again.nodeid, entry.nodeid);
}

static const struct CMUnitTest TESTS[] = {
    STAGE_TEST(names_that_lead_elsewhere_are_refused),
    STAGE_TEST(name_may_have_255_bytes),
    STAGE_TEST(symbolic_links_are_not_followed),
    STAGE_TEST(node_does_not_become_what_takes_its_name),
    STAGE_TEST(changes_do_not_go_through_symbolic_links),
    STAGE_TEST(creating_does_not_go_through_symbolic_links),
    STAGE_TEST(pipes_are_not_opened),
    STAGE_TEST(sockets_are_not_opened),
    STAGE_TEST(devices_are_not_opened),
    STAGE_TEST(guest_cannot_make_devices),
    STAGE_TEST(names_are_not_moved_or_removed_elsewhere),
    STAGE_TEST(numbers_that_were_made_up_are_refused),
    STAGE_TEST(node_is_gone_when_all_lookups_are_forgotten),
};

STAGE_MAIN(TESTS)
