/* SPDX-License-Identifier: BSD-3-Clause */
/* test-window-buffers.c: reads and writes whose buffers are in the window of the guest. */
#include "stage.h"

#include <daxwin/fs-message.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PIECE = 0x200000, /* what Linux maps at a time */
    PAGE = 4096,
    READ = FUSE_SETUPMAPPING_FLAG_READ,
    READ_WRITE = FUSE_SETUPMAPPING_FLAG_READ | FUSE_SETUPMAPPING_FLAG_WRITE
};

/* Maps a file named "mapped" at the start of the window. */
static void
map_a_file(Stage *stage, uint64_t flags)
{
    uint64_t node = stage_make_node(stage, "mapped", PIECE, 1);

    assert_int_equal(fuse_client_map(&stage->client, node, 0, 0, PIECE, flags), 0);
}

static uint64_t
open_a_file(Stage *stage, const char *name, size_t size, uint32_t flags)
{
    uint64_t node = stage_make_node(stage, name, size, 2);
    uint64_t handle;

    assert_int_equal(fuse_client_open(&stage->client, node, flags, &handle), 0);
    return handle;
}

static void
read_goes_into_window_and_memory(void **state)
{
    Stage *stage = *state;
    const Guest *guest = &stage->front_end.guest;
    const FrontEndPiece pieces[] = {
        { GUEST_TOP, 1000, true },
        { FRONT_END_WINDOW + 100, 5000, true },
        { FRONT_END_WINDOW + 0x5000, 4096, true },
        { GUEST_TOP + 0x1000, 904, true },
    };
    uint64_t handle = open_a_file(stage, "source", PIECE, O_RDONLY);

    map_a_file(stage, READ_WRITE);
    assert_int_equal(fuse_client_read_to(&stage->client, handle, 300, pieces, G_N_ELEMENTS(pieces)),
                     0);
    assert_int_equal(stage->client.answer_length, 11000);
    assert_true(daemon_bytes_are(guest_at(guest, GUEST_TOP), 2, 300, 1000));
    assert_true(daemon_bytes_are(stage_window_at(stage, 100), 2, 1300, 5000));
    assert_true(daemon_bytes_are(stage_window_at(stage, 0x5000), 2, 6300, 4096));
    assert_true(daemon_bytes_are(guest_at(guest, GUEST_TOP + 0x1000), 2, 10396, 904));
    assert_true(daemon_bytes_are(stage_window_at(stage, 5100), 1, 5100, 100));
    assert_int_equal(stage->front_end.counts.transfers, 1);
    assert_int_equal(stage->front_end.counts.entries, 2);
}

static void
write_comes_from_window_and_memory(void **state)
{
    Stage *stage = *state;
    g_autofree char *path = daemon_path(&stage->daemon, "target");
    const FrontEndPiece pieces[] = { { FRONT_END_WINDOW + 50, 3000, false },
                                     { GUEST_TOP, 4, false } };
    uint64_t handle = open_a_file(stage, "target", 100, O_WRONLY);
    g_autofree char *contents = NULL;
    size_t length;

    map_a_file(stage, READ);
    memcpy(guest_at(&stage->front_end.guest, GUEST_TOP), "tail", 4);
    assert_int_equal(
        fuse_client_write_from(&stage->client, handle, 100, 0, pieces, G_N_ELEMENTS(pieces)), 0);
    assert_true(g_file_get_contents(path, &contents, &length, NULL));
    assert_int_equal(length, 3104);
    assert_true(daemon_bytes_are((uint8_t *)contents + 100, 1, 50, 3000));
    assert_memory_equal(contents + 3100, "tail", 4);
    assert_int_equal(stage->front_end.counts.transfer_flags, 0);
}

static void
read_ends_with_the_file(void **state)
{
    Stage *stage = *state;
    const FrontEndPiece pieces[] = { { FRONT_END_WINDOW, 1000, true },
                                     { FRONT_END_WINDOW + PAGE, 1000, true },
                                     { GUEST_TOP, 1000, true } };
    uint64_t handle = open_a_file(stage, "source", 1500, O_RDONLY);

    map_a_file(stage, READ_WRITE);
    assert_int_equal(fuse_client_read_to(&stage->client, handle, 0, pieces, G_N_ELEMENTS(pieces)),
                     0);
    assert_int_equal(stage->client.answer_length, 1500);
    assert_true(daemon_bytes_are(stage_window_at(stage, PAGE), 2, 1000, 500));
    assert_true(daemon_bytes_are(stage_window_at(stage, PAGE + 500), 1, PAGE + 500, 500));
}

/* Nothing is there, or nothing that may be written. */
static void
buffers_that_cannot_be_used_fault(void **state)
{
    Stage *stage = *state;
    const FrontEndPiece idle = { FRONT_END_WINDOW + PIECE, PAGE, true };
    const FrontEndPiece read_only = { FRONT_END_WINDOW, PAGE, true };
    const FrontEndPiece nowhere = { 0x1000, PAGE, true };
    const FrontEndPiece idle_source = { FRONT_END_WINDOW + PIECE, PAGE, false };
    uint64_t handle = open_a_file(stage, "file", PIECE, O_RDWR);

    map_a_file(stage, READ);
    assert_int_equal(fuse_client_read_to(&stage->client, handle, 0, &idle, 1), EFAULT);
    assert_int_equal(fuse_client_read_to(&stage->client, handle, 0, &read_only, 1), EFAULT);
    assert_int_equal(fuse_client_read_to(&stage->client, handle, 0, &nowhere, 1), EFAULT);
    assert_int_equal(fuse_client_write_from(&stage->client, handle, 0, 0, &idle_source, 1), EFAULT);
}

/* An address that is not in memory is one that only the front end could know. */
static void
without_a_channel_no_buffer_is_in_a_window(void **state)
{
    Stage *stage = *state;
    const FrontEndPiece piece = { FRONT_END_WINDOW, PAGE, true };
    uint64_t handle = open_a_file(stage, "file", PIECE, O_RDONLY);

    assert_int_equal(fuse_client_read_to(&stage->client, handle, 0, &piece, 1), ENODEV);
}

/* Makes a set-user-id file; its mode after a write with these flags, from this piece. */
static mode_t
mode_after_write(Stage *stage, const char *name, uint32_t flags, FrontEndPiece piece)
{
    g_autofree char *path = daemon_path(&stage->daemon, name);
    uint64_t handle = open_a_file(stage, name, 100, O_WRONLY);
    struct stat status;

    assert_int_equal(chmod(path, 06755), 0);
    assert_int_equal(fuse_client_write_from(&stage->client, handle, 0, flags, &piece, 1), 0);
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static void
writes_strip_set_id_bits_if_the_guest_wants_that(void **state)
{
    Stage *stage = *state;
    const FrontEndPiece in_memory = { GUEST_TOP, 10, false };
    const FrontEndPiece in_window = { FRONT_END_WINDOW, 10, false };

    if (geteuid() != 0) {
        SKIP_BECAUSE("only root writes without stripping set-id bits");
    }
    map_a_file(stage, READ);
    assert_int_equal(mode_after_write(stage, "a", 0, in_memory), 06755);
    assert_int_equal(mode_after_write(stage, "b", FUSE_WRITE_KILL_SUIDGID, in_memory), 0755);
    assert_int_equal(mode_after_write(stage, "c", 0, in_memory), 06755);
    assert_int_equal(mode_after_write(stage, "d", 0, in_window), 06755);
    assert_int_equal(mode_after_write(stage, "e", FUSE_WRITE_KILL_SUIDGID, in_window), 0755);
    assert_int_equal(stage->front_end.counts.transfer_flags, DAXWIN_FS_MESSAGE_DROP_FSETID);
    assert_int_equal(mode_after_write(stage, "f", 0, in_window), 06755);
}

enum {
    PIECES = 50 /* more than a request on the back-end channel has room for */
};

/* Asks directly, for the client has room for fewer pieces. */
static int64_t
read_to_many_pieces(Stage *stage, uint64_t handle)
{
    const struct {
        struct fuse_in_header header;
        struct fuse_read_in read;
    } question = {
        .header = { .len = sizeof(question), .opcode = FUSE_READ, .unique = 2 },
        .read = { .fh = handle, .size = PIECES * 100 },
    };
    FrontEndPiece pieces[2 + PIECES] = { { GUEST_HIGH, sizeof(question), false },
                                         { GUEST_HIGH + PAGE, 16, true } };

    memcpy(guest_at(&stage->front_end.guest, GUEST_HIGH), &question, sizeof(question));
    for (size_t i = 0; i < PIECES; i++) {
        pieces[2 + i] = (FrontEndPiece){ FRONT_END_WINDOW + i * PAGE, 100, true };
    }
    return front_end_run(&stage->front_end, 1, pieces, G_N_ELEMENTS(pieces));
}

static void
buffer_of_many_pieces_takes_several_requests(void **state)
{
    Stage *stage = *state;
    uint64_t handle = open_a_file(stage, "source", PIECE, O_RDONLY);

    map_a_file(stage, READ_WRITE);
    assert_int_equal(read_to_many_pieces(stage, handle), 16 + PIECES * 100);
    for (size_t i = 0; i < PIECES; i++) {
        assert_true(daemon_bytes_are(stage_window_at(stage, i * PAGE), 2, i * 100, 100));
    }
    assert_int_equal(stage->front_end.counts.transfers, 2);
    assert_int_equal(stage->front_end.counts.entries, PIECES - 32);
}

static const struct CMUnitTest TESTS[] = {
    STAGE_TEST(read_goes_into_window_and_memory),
    STAGE_TEST(write_comes_from_window_and_memory),
    STAGE_TEST(read_ends_with_the_file),
    STAGE_TEST(buffers_that_cannot_be_used_fault),
    cmocka_unit_test_setup_teardown(without_a_channel_no_buffer_is_in_a_window,
                                    stage_set_up_without_window, stage_tear_down),
    STAGE_TEST(writes_strip_set_id_bits_if_the_guest_wants_that),
    STAGE_TEST(buffer_of_many_pieces_takes_several_requests),
};

STAGE_MAIN(TESTS)
