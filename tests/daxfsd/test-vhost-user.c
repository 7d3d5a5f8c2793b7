/* SPDX-License-Identifier: BSD-3-Clause */
/* test-vhost-user.c: front ends that break the rules. */
#include "stage.h"
#include "vhost-user-request.h"

#include <fcntl.h>
#include <linux/vhost_types.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

/* A connection on which nothing has been said. */
static int
set_up(void **state)
{
    Stage *stage;

    if (stage_set_up_daemon(state) != 0) {
        return -1;
    }
    stage = *state;
    return front_end_open(&stage->front_end, daemon_connect(&stage->daemon)) ? 0 : -1;
}

/* Agrees on replies, so that refusals are told. */
static int
set_up_negotiated(void **state)
{
    return set_up(state) == 0 && front_end_negotiate(&((Stage *)*state)->front_end, 0, false) ? 0
                                                                                              : -1;
}

/* Whether the daemon ends because of what it was told, and says why. */
static bool
ends_with(Stage *stage, const char *complaint)
{
    int status = daemon_wait(&stage->daemon);
    g_autofree char *log = daemon_read_log(&stage->daemon);

    if (status == 1 && strstr(log, complaint) != NULL) {
        return true;
    }
    print_message("# exit status %d, and not '%s': %s\n", status, complaint, log);
    return false;
}

static void
unknown_request_is_refused(void **state)
{
    Stage *stage = *state;
    const uint32_t unknown[] = { 0, 6, 7, 19, 24, 34, 37, 44, UINT32_MAX };

    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        assert_int_equal(front_end_ask(&stage->front_end, unknown[i], NULL, 0, -1), 1);
    }
}

static void
unknown_request_that_wants_no_reply_is_the_end(void **state)
{
    Stage *stage = *state;

    assert_true(front_end_send(&stage->front_end, 6, 0, NULL, 0, -1));
    assert_true(ends_with(stage, "vhost-user request 6 "));
}

static void
other_version_is_the_end(void **state)
{
    Stage *stage = *state;
    const uint32_t header[] = { VHOST_USER_GET_FEATURES, 2, 0 };

    assert_int_equal(write(stage->front_end.fd, header, sizeof(header)), sizeof(header));
    assert_true(ends_with(stage, "flags 0x2"));
}

static void
endless_payload_is_the_end(void **state)
{
    Stage *stage = *state;
    const uint32_t header[] = { VHOST_USER_GET_FEATURES, 1, UINT32_MAX };

    assert_int_equal(write(stage->front_end.fd, header, sizeof(header)), sizeof(header));
    assert_true(ends_with(stage, "4294967295 bytes"));
}

/* A front end that dies in the midst of a message has disconnected. */
static void
half_a_message_is_none(void **state)
{
    Stage *stage = *state;
    const uint32_t header[] = { VHOST_USER_SET_FEATURES, 1, 8 };

    assert_int_equal(write(stage->front_end.fd, header, sizeof(header)), sizeof(header));
    (void)close(stage->front_end.fd);
    stage->front_end.fd = -1;
    assert_int_equal(daemon_wait(&stage->daemon), 0);
}

static void
message_may_come_byte_by_byte(void **state)
{
    Stage *stage = *state;
    const uint32_t header[] = { VHOST_USER_GET_QUEUE_NUM, 1, 0 };

    for (size_t i = 0; i < sizeof(header); i++) {
        assert_int_equal(write(stage->front_end.fd, (const char *)header + i, 1), 1);
        g_usleep(1000);
    }
    assert_int_equal(front_end_receive(&stage->front_end, VHOST_USER_GET_QUEUE_NUM), 9);
}

static void
features_that_are_not_offered_are_refused(void **state)
{
    Stage *stage = *state;
    const uint64_t packed_ring = UINT64_C(1) << 34;
    const uint64_t shmem = UINT64_C(1) << 22;

    assert_int_equal(front_end_ask(&stage->front_end, VHOST_USER_SET_FEATURES, &packed_ring,
                                   sizeof(packed_ring), -1),
                     1);
    assert_int_equal(front_end_ask(&stage->front_end, VHOST_USER_SET_PROTOCOL_FEATURES, &shmem,
                                   sizeof(shmem), -1),
                     1);
}

static void
payloads_of_other_sizes_are_refused(void **state)
{
    Stage *stage = *state;
    const uint32_t requests[] = { VHOST_USER_SET_FEATURES,    VHOST_USER_SET_PROTOCOL_FEATURES,
                                  VHOST_USER_SET_MEM_TABLE,   VHOST_USER_SET_VRING_NUM,
                                  VHOST_USER_SET_VRING_ADDR,  VHOST_USER_SET_VRING_BASE,
                                  VHOST_USER_GET_VRING_BASE,  VHOST_USER_SET_VRING_KICK,
                                  VHOST_USER_SET_VRING_CALL,  VHOST_USER_SET_VRING_ERR,
                                  VHOST_USER_SET_VRING_ENABLE };
    const uint8_t zeros[400] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        assert_int_equal(front_end_ask(&stage->front_end, requests[i], zeros, 0, -1), 1);
        assert_int_equal(front_end_ask(&stage->front_end, requests[i], zeros, 7, -1), 1);
        assert_int_equal(front_end_ask(&stage->front_end, requests[i], zeros, 400, -1), 1);
    }
}

static void
queues_that_are_not_there_are_refused(void **state)
{
    Stage *stage = *state;
    const uint32_t requests[] = { VHOST_USER_SET_VRING_NUM, VHOST_USER_SET_VRING_BASE,
                                  VHOST_USER_GET_VRING_BASE, VHOST_USER_SET_VRING_ENABLE };
    const struct vhost_vring_state state_of_none = { .index = 9, .num = 1 };
    const struct vhost_vring_addr addresses = { .index = UINT32_MAX };
    const uint64_t eventfd = 0x100 | 0xff;

    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        assert_int_equal(front_end_ask(&stage->front_end, requests[i], &state_of_none,
                                       sizeof(state_of_none), -1),
                         1);
    }
    assert_int_equal(front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_ADDR, &addresses,
                                   sizeof(addresses), -1),
                     1);
    assert_int_equal(
        front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_CALL, &eventfd, sizeof(eventfd), -1),
        1);
}

/* QEMU does not ask how many there are before it uses them. */
static void
front_end_that_wants_more_queues_is_told_how_many_there_are(void **state)
{
    Stage *stage = *state;
    const struct vhost_vring_state size = { .index = 9, .num = 8 };

    assert_true(
        front_end_send(&stage->front_end, VHOST_USER_SET_VRING_NUM, 0, &size, sizeof(size), -1));
    assert_true(ends_with(stage, "is for queue 9, but there are 9: see --queues"));
}

static void
missing_file_descriptors_are_refused(void **state)
{
    Stage *stage = *state;
    const uint64_t queue = 0;
    const uint64_t queue_to_be_polled = 0x100;

    assert_int_equal(
        front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_KICK, &queue, sizeof(queue), -1), 1);
    assert_int_equal(front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_KICK,
                                   &queue_to_be_polled, sizeof(queue_to_be_polled), -1),
                     1);
    assert_int_equal(
        front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_CALL, &queue, sizeof(queue), -1), 1);
    assert_int_equal(front_end_ask(&stage->front_end, VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, -1),
                     1);
}

/* Sends a table of which only the first regions come with a file; whether it is refused. */
static bool
is_table_refused(const Stage *stage, uint32_t n_regions, uint32_t size, size_t n_fds)
{
    const FrontEnd *front_end = &stage->front_end;
    Message message = {
        .request = VHOST_USER_SET_MEM_TABLE,
        .flags = CHANNEL_VERSION | CHANNEL_NEED_REPLY,
        .size = size,
        .n_fds = n_fds,
    };

    for (size_t i = 0; i < n_fds; i++) {
        message.fds[i] = front_end->guest.fd;
    }
    memcpy(message.payload, &n_regions, sizeof(n_regions));
    memcpy(message.payload + 8, front_end->guest.regions, sizeof(front_end->guest.regions));
    assert_true(channel_send(front_end->fd, &message, NULL));
    return front_end_receive(front_end, message.request) == 1;
}

static void
tables_that_do_not_add_up_are_refused(void **state)
{
    const Stage *stage = *state;
    const uint32_t size = 8 + 3 * sizeof(MemoryRegion);

    assert_false(is_table_refused(stage, 3, size, 3));
    assert_true(is_table_refused(stage, 3, size, 2));
    assert_true(is_table_refused(stage, 3, size, 4));
    assert_true(is_table_refused(stage, 3, size - 1, 3));
    assert_true(is_table_refused(stage, 4, size, 4));
    assert_true(is_table_refused(stage, 9, 8 + 8 * sizeof(MemoryRegion), 8));
    assert_true(is_table_refused(stage, UINT32_MAX, size, 3));
    assert_false(is_table_refused(stage, 0, 8, 0));
}

static void
queue_without_rings_is_refused(void **state)
{
    Stage *stage = *state;
    FrontEndQueue *queue = &stage->front_end.queues[0];

    assert_false(front_end_start_queue(&stage->front_end, 0, 0)); /* there is no memory yet */
    assert_int_equal(front_end_stop_queue(&stage->front_end, 0), 0);
    assert_true(front_end_share_memory(&stage->front_end));
    queue->driver.used_address = GUEST_LOW - 64;
    assert_false(front_end_start_queue(&stage->front_end, 0, 0));
    assert_int_equal(front_end_stop_queue(&stage->front_end, 0), 0);
    queue->driver.used_address = GUEST_LOW + DRIVER_SPACE / 2;
    assert_true(front_end_start_queue(&stage->front_end, 0, 0));
}

static void
running_queue_is_not_moved(void **state)
{
    Stage *stage = *state;
    const struct vhost_vring_state size = { .index = 0, .num = 8 };
    const uint64_t features = (UINT64_C(1) << 32) | (UINT64_C(1) << 30);

    assert_true(front_end_share_memory(&stage->front_end));
    assert_true(front_end_start_queue(&stage->front_end, 0, 0));
    assert_int_equal(
        front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_NUM, &size, sizeof(size), -1), 1);
    assert_int_equal(
        front_end_ask(&stage->front_end, VHOST_USER_SET_FEATURES, &features, sizeof(features), -1),
        1);
    assert_int_equal(front_end_stop_queue(&stage->front_end, 0), 0);
    assert_int_equal(
        front_end_ask(&stage->front_end, VHOST_USER_SET_VRING_NUM, &size, sizeof(size), -1), 0);
}

/* Replies that are none, or belong to nothing that was asked. */
static void
back_end_channel_that_talks_nonsense_is_not_used_again(void **state)
{
    Stage *stage = *state;
    const uint64_t nonsense[] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
    struct fuse_entry_out entry;
    struct fuse_init_out init;

    stage->client = fuse_client_new(&stage->front_end, 1);
    assert_true(front_end_start(&stage->front_end, true));
    assert_int_equal(fuse_client_init(&stage->client, &init), 0);
    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), 0);
    assert_int_equal(write(stage->front_end.backend_fd, nonsense, sizeof(nonsense)),
                     sizeof(nonsense));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            fuse_client_map(&stage->client, entry.nodeid, 0, 0, 4096, FUSE_SETUPMAPPING_FLAG_READ),
            EIO);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_negotiated, stage_tear_down)
#define TEST_AT_FIRST(name) cmocka_unit_test_setup_teardown(name, set_up, stage_tear_down)

static const struct CMUnitTest TESTS[] = {
    TEST(unknown_request_is_refused),
    TEST_AT_FIRST(unknown_request_that_wants_no_reply_is_the_end),
    TEST_AT_FIRST(other_version_is_the_end),
    TEST_AT_FIRST(endless_payload_is_the_end),
    TEST_AT_FIRST(half_a_message_is_none),
    TEST_AT_FIRST(message_may_come_byte_by_byte),
    TEST(features_that_are_not_offered_are_refused),
    TEST(payloads_of_other_sizes_are_refused),
    TEST(queues_that_are_not_there_are_refused),
    TEST(front_end_that_wants_more_queues_is_told_how_many_there_are),
    TEST(missing_file_descriptors_are_refused),
    TEST(tables_that_do_not_add_up_are_refused),
    TEST(queue_without_rings_is_refused),
    TEST(running_queue_is_not_moved),
    TEST_AT_FIRST(back_end_channel_that_talks_nonsense_is_not_used_again),
};

STAGE_MAIN(TESTS)
