/* SPDX-License-Identifier: BSD-3-Clause */
/* test-files.c: what a guest does with files, seen from the host. */
#include "stage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* A new file, opened for reading and writing. */
static uint64_t
create(Stage *stage, const char *name, uint32_t mode, uint64_t *node)
{
    uint64_t handle;

    assert_int_equal(
        fuse_client_create(&stage->client, name, O_RDWR | O_EXCL, S_IFREG | mode, node, &handle),
        0);
    return handle;
}

static struct stat
status_of(const Stage *stage, const char *name)
{
    g_autofree char *path = daemon_path(&stage->daemon, name);
    struct stat status;

    assert_int_equal(lstat(path, &status), 0);
    return status;
}

/* Asks with a structure that is all there is to say. */
static int
ask(Stage *stage, uint32_t opcode, uint64_t node, const void *structure, size_t length)
{
    const FuseQuestion question = {
        .opcode = opcode, .node = node, .structure = structure, .structure_length = length
    };

    return fuse_client_ask(&stage->client, &question, NULL, 256);
}

static void
bytes_are_written_and_read(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "file");
    g_autofree char *contents = NULL;
    uint64_t node;
    uint64_t handle = create(stage, "file", 0644, &node);
    char bytes[10] = "";

    assert_int_equal(fuse_client_write(&stage->client, handle, 3, "abcdef", 6), 0);
    assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    assert_memory_equal(contents, "\0\0\0abcdef", 9);
    assert_int_equal(fuse_client_read(&stage->client, handle, 5, bytes, 10), 0);
    assert_int_equal(stage->client.answer_length, 4);
    assert_memory_equal(bytes, "cdef", 4);
    assert_int_equal(fuse_client_read(&stage->client, handle, 9, bytes, 10), 0);
    assert_int_equal(stage->client.answer_length, 0);
}

/* Pieces of a page, as those of a guest are, and many of them. */
static void
big_requests_go_in_many_pieces(void **state)
{
    Stage *stage = *state;
    FrontEndPiece pieces[16];
    uint64_t node;
    uint64_t handle;

    assert_true(daemon_make_file(&stage->daemon, "file", 0x20000, 3));
    assert_int_equal(stage_open(stage, "file", O_RDONLY, &node, &handle), 0);
    for (uint64_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        pieces[i] = (FrontEndPiece){ GUEST_HIGH + 0x80000 + (15 - i) * 0x2000, 4096, true };
    }
    assert_int_equal(fuse_client_read_to(&stage->client, handle, 7, pieces, G_N_ELEMENTS(pieces)),
                     0);
    for (uint64_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        const uint8_t *page = guest_at(&stage->front_end.guest, pieces[i].address);

        assert_int_equal(page[0], daemon_byte(3, 7 + i * 4096));
        assert_int_equal(page[4095], daemon_byte(3, 7 + i * 4096 + 4095));
    }
}

static void
open_mode_is_kept(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t reader;
    uint64_t writer;
    char byte;

    assert_true(daemon_make_file(&stage->daemon, "file", 10, 0));
    assert_int_equal(stage_open(stage, "file", O_RDONLY, &node, &reader), 0);
    assert_int_equal(stage_open(stage, "file", O_WRONLY, &node, &writer), 0);
    assert_int_equal(fuse_client_write(&stage->client, reader, 0, "x", 1), EBADF);
    assert_int_equal(fuse_client_read(&stage->client, writer, 0, &byte, 1), EBADF);
}

/* A guest that appends says where it writes. */
static void
appending_is_left_to_the_guest(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "file");
    g_autofree char *contents = NULL;
    uint64_t node;
    uint64_t handle;

    assert_true(g_file_set_contents(path, "abc", 3, NULL));
    assert_int_equal(stage_open(stage, "file", O_WRONLY | O_APPEND, &node, &handle), 0);
    assert_int_equal(fuse_client_write(&stage->client, handle, 1, "X", 1), 0);
    assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    assert_string_equal(contents, "aXc");
}

static void
opening_truncates_if_asked_to(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t handle;

    assert_true(daemon_make_file(&stage->daemon, "file", 10, 0));
    assert_int_equal(stage_open(stage, "file", O_WRONLY | O_TRUNC, &node, &handle), 0);
    assert_int_equal(status_of(stage, "file").st_size, 0);
}

static void
new_files_belong_to_the_user_of_the_guest(void **state)
{
    Stage *stage = *state;
    const struct fuse_mkdir_in make = { .mode = 0751 };
    uint64_t node;

    if (geteuid() != 0) {
        SKIP_BECAUSE("only root gives files away");
    }
    stage->client.user = 1234;
    stage->client.group = 5678;
    create(stage, "file", 0640, &node);
    assert_int_equal(stage_ask_with_names(stage, FUSE_MKDIR, &make, sizeof(make), "dir", 4), 0);
    assert_int_equal(stage_ask_with_names(stage, FUSE_SYMLINK, NULL, 0, "link\0to", 8), 0);
    assert_int_equal(status_of(stage, "file").st_uid, 1234);
    assert_int_equal(status_of(stage, "file").st_gid, 5678);
    assert_int_equal(status_of(stage, "file").st_mode, S_IFREG | 0640);
    assert_int_equal(status_of(stage, "dir").st_uid, 1234);
    assert_int_equal(status_of(stage, "dir").st_mode, S_IFDIR | 0751);
    assert_int_equal(status_of(stage, "link").st_gid, 5678);
    stage->client.user = 0;
    stage->client.group = 0;
    create(stage, "of-root", 0640, &node);
    assert_int_equal(status_of(stage, "of-root").st_uid, 0);
}

static void
file_that_exists_is_created_unless_it_must_be_new(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t handle;
    char byte = 0;

    assert_true(daemon_make_file(&stage->daemon, "file", 10, 77));
    assert_int_equal(
        fuse_client_create(&stage->client, "file", O_RDWR | O_EXCL, S_IFREG | 0644, &node, &handle),
        EEXIST);
    assert_int_equal(
        fuse_client_create(&stage->client, "file", O_RDWR, S_IFREG | 0644, &node, &handle), 0);
    assert_int_equal(fuse_client_read(&stage->client, handle, 0, &byte, 1), 0);
    assert_int_equal(byte, 77);
}

/* The right to write is for those who open the file later. */
static void
new_file_is_written_without_the_right_to(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t handle = create(stage, "file", 0400, &node);
    char byte = 0;

    assert_int_equal(fuse_client_write(&stage->client, handle, 0, "x", 1), 0);
    assert_int_equal(fuse_client_read(&stage->client, handle, 0, &byte, 1), 0);
    assert_int_equal(byte, 'x');
    assert_int_equal(status_of(stage, "file").st_mode, S_IFREG | 0400);
}

static void
attributes_are_set(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t handle = create(stage, "file", 0644, &node);
    struct fuse_setattr_in set = {
        .valid = FATTR_MODE | FATTR_SIZE | FATTR_ATIME | FATTR_MTIME,
        .mode = S_IFREG | 0600,
        .size = 1000,
        .atime = 1,
        .mtime = 2,
        .mtimensec = 3,
    };
    struct stat status;

    assert_int_equal(ask(stage, FUSE_SETATTR, node, &set, sizeof(set)), 0);
    status = status_of(stage, "file");
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    assert_int_equal(status.st_size, 1000);
    assert_int_equal(status.st_atim.tv_sec, 1);
    assert_int_equal(status.st_mtim.tv_sec, 2);
    assert_int_equal(status.st_mtim.tv_nsec, 3);
    set = (struct fuse_setattr_in){ .valid = FATTR_SIZE | FATTR_FH, .fh = handle, .size = 5 };
    assert_int_equal(ask(stage, FUSE_SETATTR, node, &set, sizeof(set)), 0);
    set = (struct fuse_setattr_in){ .valid = FATTR_MTIME | FATTR_MTIME_NOW };
    assert_int_equal(ask(stage, FUSE_SETATTR, node, &set, sizeof(set)), 0);
    status = status_of(stage, "file");
    assert_int_equal(status.st_size, 5);
    assert_int_equal(status.st_atim.tv_sec, 1);
    assert_true(status.st_mtim.tv_sec > 1000);
}

static void
owner_is_set(void **state)
{
    Stage *stage = *state;
    const struct fuse_setattr_in set = { .valid = FATTR_GID, .gid = 77 };
    uint64_t node;

    if (geteuid() != 0) {
        SKIP_BECAUSE("only root gives files away");
    }
    create(stage, "file", 0644, &node);
    assert_int_equal(ask(stage, FUSE_SETATTR, node, &set, sizeof(set)), 0);
    assert_int_equal(status_of(stage, "file").st_uid, 0);
    assert_int_equal(status_of(stage, "file").st_gid, 77);
}

/* Whether truncating, or opening to truncate, takes set-id bits is for the guest to say. */
static void
truncating_strips_set_id_bits_if_the_guest_wants_that(void **state)
{
    Stage *stage = *state;
    struct fuse_setattr_in set = { .valid = FATTR_SIZE, .size = 1 };
    struct fuse_open_in open = { .flags = O_WRONLY | O_TRUNC };
    uint64_t node;

    if (geteuid() != 0) {
        SKIP_BECAUSE("only root truncates without stripping set-id bits");
    }
    create(stage, "file", 0644, &node);
    for (int i = 0; i < 2; i++) {
        g_autofree char *path = daemon_path(&stage->daemon, "file");
        mode_t expected = i == 0 ? 06755 : 0755;

        assert_int_equal(chmod(path, 06755), 0);
        assert_int_equal(ask(stage, FUSE_SETATTR, node, &set, sizeof(set)), 0);
        assert_int_equal(status_of(stage, "file").st_mode & 07777, expected);
        assert_int_equal(chmod(path, 06755), 0);
        assert_int_equal(ask(stage, FUSE_OPEN, node, &open, sizeof(open)), 0);
        assert_int_equal(status_of(stage, "file").st_mode & 07777, expected);
        set.valid |= FATTR_KILL_SUIDGID;
        set.size = 2;
        open.open_flags = FUSE_OPEN_KILL_SUIDGID;
    }
}

static void
attributes_of_a_file_have_names(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "file");
    const struct {
        uint32_t size;
        uint32_t flags;
    } set = { .size = 5 };
    struct fuse_getxattr_in get = { .size = 100 };
    FuseQuestion question = { .structure = &get, .structure_length = sizeof(get) };
    char answer[100] = "";

    create(stage, "file", 0644, &question.node);
    question.rest = "user.x\0value";
    question.rest_length = 12;
    question.opcode = FUSE_SETXATTR;
    question.structure = &set;
    question.structure_length = sizeof(set);
    if (fuse_client_ask(&stage->client, &question, NULL, 0) == EOPNOTSUPP) {
        SKIP_BECAUSE("the filesystem has no extended attributes of users");
    }
    assert_int_equal(getxattr(path, "user.x", answer, sizeof(answer)), 5);
    question.structure = &get;
    question.opcode = FUSE_GETXATTR;
    assert_int_equal(fuse_client_ask(&stage->client, &question, answer, sizeof(answer)), 0);
    assert_memory_equal(answer, "value", 5);
    get.size = 3;
    assert_int_equal(fuse_client_ask(&stage->client, &question, answer, sizeof(answer)), ERANGE);
    get.size = 0;
    assert_int_equal(fuse_client_ask(&stage->client, &question, answer, sizeof(answer)), 0);
    assert_int_equal(((struct fuse_getxattr_out *)answer)->size, 5);
    question.opcode = FUSE_REMOVEXATTR;
    question.structure_length = 0;
    assert_int_equal(fuse_client_ask(&stage->client, &question, NULL, 0), 0);
    assert_int_equal(getxattr(path, "user.x", answer, sizeof(answer)), -1);
}

static void
holes_are_made_and_found(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t handle = create(stage, "file", 0644, &node);
    const struct fuse_fallocate_in allocate = { .fh = handle, .offset = 0x10000, .length = 0x1000 };
    struct fuse_lseek_in seek = { .fh = handle, .whence = SEEK_DATA };
    const FuseQuestion question = {
        .opcode = FUSE_LSEEK, .node = node, .structure = &seek, .structure_length = sizeof(seek)
    };
    struct fuse_lseek_out answer;

    assert_int_equal(ask(stage, FUSE_FALLOCATE, node, &allocate, sizeof(allocate)), 0);
    assert_int_equal(status_of(stage, "file").st_size, 0x11000);
    assert_int_equal(fuse_client_write(&stage->client, handle, 0x10000, "x", 1), 0);
    assert_int_equal(fuse_client_ask(&stage->client, &question, &answer, sizeof(answer)), 0);
    assert_int_equal(answer.offset, 0x10000);
    seek.whence = SEEK_END;
    assert_int_equal(fuse_client_ask(&stage->client, &question, &answer, sizeof(answer)), EINVAL);
}

static void
bytes_are_copied_from_file_to_file(void **state)
{
    Stage *stage = *state;
    struct fuse_copy_file_range_in copy = { .off_in = 2, .len = 5 };
    g_autofree char *path = daemon_path(&stage->daemon, "to");
    g_autofree char *contents = NULL;
    uint64_t node;

    copy.fh_in = create(stage, "from", 0644, &node);
    copy.fh_out = create(stage, "to", 0644, &copy.nodeid_out);
    assert_int_equal(fuse_client_write(&stage->client, copy.fh_in, 0, "abcdefghi", 9), 0);
    assert_int_equal(ask(stage, FUSE_COPY_FILE_RANGE, node, &copy, sizeof(copy)), 0);
    assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    assert_string_equal(contents, "cdefg");
}

static void
handles_are_flushed_synced_and_closed(void **state)
{
    Stage *stage = *state;
    uint64_t node;
    uint64_t handle = create(stage, "file", 0644, &node);
    const struct fuse_flush_in flush = { .fh = handle };
    const struct fuse_fsync_in sync = { .fh = handle };
    const struct fuse_release_in release = { .fh = handle };

    assert_int_equal(ask(stage, FUSE_FLUSH, node, &flush, sizeof(flush)), 0);
    assert_int_equal(ask(stage, FUSE_FSYNC, node, &sync, sizeof(sync)), 0);
    assert_int_equal(ask(stage, FUSE_RELEASE, node, &release, sizeof(release)), 0);
    assert_int_equal(ask(stage, FUSE_FLUSH, node, &flush, sizeof(flush)), EBADF);
    assert_int_equal(fuse_client_write(&stage->client, handle, 0, "x", 1), EBADF);
}

static const struct CMUnitTest TESTS[] = {
    STAGE_TEST(bytes_are_written_and_read),
    STAGE_TEST(big_requests_go_in_many_pieces),
    STAGE_TEST(open_mode_is_kept),
    STAGE_TEST(appending_is_left_to_the_guest),
    STAGE_TEST(opening_truncates_if_asked_to),
    STAGE_TEST(new_files_belong_to_the_user_of_the_guest),
    STAGE_TEST(file_that_exists_is_created_unless_it_must_be_new),
    STAGE_TEST(new_file_is_written_without_the_right_to),
    STAGE_TEST(attributes_are_set),
    STAGE_TEST(owner_is_set),
    STAGE_TEST(truncating_strips_set_id_bits_if_the_guest_wants_that),
    STAGE_TEST(attributes_of_a_file_have_names),
    STAGE_TEST(holes_are_made_and_found),
    STAGE_TEST(bytes_are_copied_from_file_to_file),
    STAGE_TEST(handles_are_flushed_synced_and_closed),
};

STAGE_MAIN(TESTS)
