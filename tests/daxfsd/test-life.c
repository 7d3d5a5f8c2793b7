/* SPDX-License-Identifier: BSD-3-Clause */
/* test-life.c: how a daemon starts, is stopped and goes on, and ends. */
#include "stage.h"
#include "vhost-user-request.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

static void
ends_well_on_disconnect(void **state)
{
    Stage *stage = *state;

    (void)close(stage->front_end.fd);
    stage->front_end.fd = -1;
    assert_int_equal(daemon_wait(&stage->daemon), 0);
    assert_false(g_file_test(stage->daemon.socket, G_FILE_TEST_EXISTS));
}

static void
ends_well_on_signals(void **state)
{
    Stage *stage = *state;

    assert_int_equal(kill(stage->daemon.pid, SIGTERM), 0);
    assert_int_equal(daemon_wait(&stage->daemon), 0);
    assert_false(g_file_test(stage->daemon.socket, G_FILE_TEST_EXISTS));
}

static void
ends_well_on_signals_before_a_connection(void **state)
{
    Stage *stage = *state;

    while (!g_file_test(stage->daemon.socket, G_FILE_TEST_EXISTS)) {
        g_usleep(1000);
    }
    assert_int_equal(kill(stage->daemon.pid, SIGINT), 0);
    assert_int_equal(daemon_wait(&stage->daemon), 0);
    assert_false(g_file_test(stage->daemon.socket, G_FILE_TEST_EXISTS));
}

/* Offers FUSE_SETUPMAPPING to a front end that does not answer, and waits until it is asked. */
static void
ask_the_mute(Stage *stage)
{
    const struct {
        struct fuse_in_header header;
        struct fuse_setupmapping_in map;
    } question = {
        .header = { .len = sizeof(question), .opcode = FUSE_SETUPMAPPING, .unique = 2 },
        .map = { .len = 4096, .flags = FUSE_SETUPMAPPING_FLAG_READ },
    };
    const FrontEndPiece pieces[] = { { GUEST_HIGH, sizeof(question), false },
                                     { GUEST_HIGH + 4096, 16, true } };
    struct fuse_in_header *header = guest_at(&stage->front_end.guest, GUEST_HIGH);
    struct fuse_entry_out entry;

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), 0);
    memcpy(header, &question, sizeof(question));
    header->nodeid = entry.nodeid;
    stage->front_end.is_mute = true;
    front_end_offer(&stage->front_end, 2, 0, pieces, G_N_ELEMENTS(pieces));
    front_end_kick(&stage->front_end, 2);
    while (stage->front_end.counts.maps == 0) {
        g_usleep(1000);
    }
}

static void
ends_well_while_it_waits_for_the_front_end(void **state)
{
    Stage *stage = *state;

    ask_the_mute(stage);
    assert_int_equal(kill(stage->daemon.pid, SIGTERM), 0);
    assert_int_equal(daemon_wait(&stage->daemon), 0);
}

static void
disconnect_ends_waiting_for_the_front_end(void **state)
{
    Stage *stage = *state;

    ask_the_mute(stage);
    (void)close(stage->front_end.fd);
    stage->front_end.fd = -1;
    assert_int_equal(daemon_wait(&stage->daemon), 0);
}

/* As before, but the thread that is told of signals waits for the queue, too. */
static void
ends_well_while_a_queue_is_to_stop(void **state)
{
    Stage *stage = *state;
    const uint32_t queue[] = { 2, 0 };

    ask_the_mute(stage);
    assert_true(front_end_send(&stage->front_end, VHOST_USER_GET_VRING_BASE, 0, queue, 8, -1));
    g_usleep(100000);
    assert_int_equal(kill(stage->daemon.pid, SIGTERM), 0);
    assert_int_equal(daemon_wait(&stage->daemon), 0);
}

/* The other queues go on meanwhile. */
static void
requests_do_not_wait_for_those_of_other_queues(void **state)
{
    Stage *stage = *state;
    struct fuse_entry_out entry;

    ask_the_mute(stage);
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), 0);
}

enum {
    CLIENTS = 2,
    ROUNDS = 500
};

typedef struct {
    Stage *stage;
    unsigned queue;
    bool is_good;
    pthread_t thread;
} Worker;

/* Each makes its own file, and reads what it has written. */
static void *
write_and_read(void *data)
{
    Worker *worker = data;
    FuseClient client = fuse_client_new(&worker->stage->front_end, worker->queue);
    g_autofree char *name = g_strdup_printf("of-queue-%u", worker->queue);
    uint64_t node;
    uint64_t handle;

    worker->is_good = fuse_client_create(&client, name, O_RDWR, 0100644, &node, &handle) == 0;
    for (uint32_t i = 0; worker->is_good && i < ROUNDS; i++) {
        uint32_t read = 0;

        worker->is_good =
            fuse_client_write(&client, handle, i * sizeof(i), &i, sizeof(i)) == 0 &&
            fuse_client_read(&client, handle, i * sizeof(i), &read, sizeof(read)) == 0 && read == i;
    }
    return NULL;
}

static void
queues_work_side_by_side(void **state)
{
    Worker workers[CLIENTS];

    for (unsigned i = 0; i < CLIENTS; i++) {
        workers[i] = (Worker){ .stage = *state, .queue = i + 1 };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, write_and_read, &workers[i]), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_true(workers[i].is_good);
    }
}

/* What a front end does when its guest is paused, or reset. */
static void
queues_stop_and_go_on(void **state)
{
    Stage *stage = *state;
    struct fuse_entry_out entry;

    assert_true(daemon_make_file(&stage->daemon, "file", 1, 0));
    for (int i = 0; i < 20; i++) {
        int base = front_end_stop_queue(&stage->front_end, 1);

        assert_int_equal(base, stage->front_end.queues[1].driver.taken);
        assert_true(front_end_start_queue(&stage->front_end, 1, (uint16_t)base));
        assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), 0);
    }
}

static void
queues_begin_again_after_a_reset(void **state)
{
    Stage *stage = *state;

    for (int i = 0; i < 5; i++) {
        Driver *driver = &stage->front_end.queues[1].driver;

        assert_int_not_equal(front_end_stop_queue(&stage->front_end, 1), -1);
        *driver = driver_new(&stage->front_end.guest, driver->address, driver->size);
        assert_true(front_end_share_memory(&stage->front_end));
        assert_true(front_end_start_queue(&stage->front_end, 1, 0));
        assert_int_equal(fuse_client_init(&stage->client, &stage->init), 0);
    }
}

enum {
    BATCH = 30
};

/* Requests that are taken are finished; the others are there after the next start. */
static void
no_request_is_lost_when_a_queue_stops(void **state)
{
    Stage *stage = *state;
    FrontEnd *front_end = &stage->front_end;
    const struct fuse_in_header question = {
        .len = sizeof(question), .opcode = FUSE_STATFS, .unique = 2, .nodeid = FUSE_ROOT_ID
    };
    const FrontEndPiece pieces[] = { { GUEST_HIGH, sizeof(question), false },
                                     { GUEST_HIGH + 4096, 200, true } };
    struct vring_used_elem used;
    int taken = 0;
    int base;

    memcpy(guest_at(&front_end->guest, GUEST_HIGH), &question, sizeof(question));
    for (uint16_t i = 0; i < BATCH; i++) {
        front_end_offer(front_end, 2, (uint16_t)(2 * i), pieces, G_N_ELEMENTS(pieces));
        if (i == BATCH / 2) {
            front_end_kick(front_end, 2);
        }
    }
    base = front_end_stop_queue(front_end, 2);
    while (driver_take(&front_end->queues[2].driver, &used)) {
        taken++;
    }
    assert_int_equal(taken, base);
    assert_true(front_end_start_queue(front_end, 2, (uint16_t)base));
    while (taken < BATCH) {
        assert_true(front_end_wait(front_end->queues[2].call));
        while (driver_take(&front_end->queues[2].driver, &used)) {
            assert_int_equal(used.len,
                             sizeof(struct fuse_out_header) + sizeof(struct fuse_statfs_out));
            taken++;
        }
    }
}

/* Whether a chain of a guest that is not sane makes queue 2 rest. */
static bool
breaks(Stage *stage, struct vring_desc first)
{
    FrontEndQueue *queue = &stage->front_end.queues[2];

    *driver_descriptor(&queue->driver, 0) = first;
    driver_offer(&queue->driver, 0);
    front_end_kick(&stage->front_end, 2);
    return front_end_wait(queue->error);
}

static void
queue_of_a_hostile_guest_rests_until_it_is_set_up_again(void **state)
{
    Stage *stage = *state;
    Driver *driver = &stage->front_end.queues[2].driver;
    FuseClient client = fuse_client_new(&stage->front_end, 2);
    struct fuse_entry_out entry;

    assert_true(breaks(stage, (struct vring_desc){ GUEST_HIGH, 8, VRING_DESC_F_NEXT, 0 }));
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "none", &entry), ENOENT);
    assert_int_not_equal(front_end_stop_queue(&stage->front_end, 2), -1);
    *driver = driver_new(&stage->front_end.guest, driver->address, driver->size);
    assert_true(front_end_start_queue(&stage->front_end, 2, 0));
    assert_int_equal(fuse_client_look_up(&client, FUSE_ROOT_ID, "none", &entry), ENOENT);
    driver_available(driver)->idx = (uint16_t)(driver->offered + 1000);
    front_end_kick(&stage->front_end, 2);
    assert_true(front_end_wait(stage->front_end.queues[2].error));
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "none", &entry), ENOENT);
}

/* Chains that are sound, but no requests that could be answered. */
static void
chains_without_a_request_are_given_back(void **state)
{
    Stage *stage = *state;
    struct fuse_in_header *header = guest_at(&stage->front_end.guest, GUEST_HIGH);
    const FrontEndPiece odd[][2] = {
        { { GUEST_HIGH, 0, false }, { GUEST_HIGH + 4096, 16, true } },
        { { GUEST_HIGH, 39, false }, { GUEST_HIGH + 4096, 16, true } },
        { { FRONT_END_WINDOW, 40, false }, { GUEST_HIGH + 4096, 16, true } },
        { { GUEST_HIGH, 40, false }, { GUEST_HIGH + 4096, 15, true } },
        { { GUEST_HIGH, 40, false }, { GUEST_HIGH + 4096, 0, true } },
        { { GUEST_HIGH, 40, false }, { FRONT_END_WINDOW, 16, true } },
    };
    const uint32_t lengths[] = { 0, 39, 41, UINT32_MAX };

    *header = (struct fuse_in_header){ .len = 40, .opcode = FUSE_STATFS, .nodeid = FUSE_ROOT_ID };
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        assert_int_equal(front_end_run(&stage->front_end, 1, odd[i], 2), 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        const FrontEndPiece pieces[] = { { GUEST_HIGH, 40, false },
                                         { GUEST_HIGH + 4096, 200, true } };

        header->len = lengths[i];
        assert_int_equal(front_end_run(&stage->front_end, 1, pieces, 2), 0);
    }
}

/* With less room than the answer takes, the guest is told that it has failed, and nobody else. */
static void
answers_without_room_are_errors(void **state)
{
    Stage *stage = *state;
    struct fuse_in_header *header = guest_at(&stage->front_end.guest, GUEST_HIGH);
    const struct fuse_out_header *answer = guest_at(&stage->front_end.guest, GUEST_HIGH + 4096);
    const FrontEndPiece pieces[] = { { GUEST_HIGH, 40, false }, { GUEST_HIGH + 4096, 50, true } };
    g_autofree char *log = NULL;

    *header = (struct fuse_in_header){
        .len = 40, .opcode = FUSE_STATFS, .nodeid = FUSE_ROOT_ID, .unique = 9
    };
    assert_int_equal(front_end_run(&stage->front_end, 1, pieces, 2), 16);
    assert_int_equal(answer->error, -EIO);
    assert_int_equal(answer->unique, 9);
    log = daemon_read_log(&stage->daemon);
    assert_string_equal(log, "");
}

/* The requests whose layout depends on what has been agreed on. */
static void
nothing_but_init_comes_first(void **state)
{
    Stage *stage = *state;
    const FuseQuestion destroy = { .opcode = FUSE_DESTROY };
    struct fuse_entry_out entry;

    assert_int_equal(fuse_client_ask(&stage->client, &destroy, NULL, 0), 0);
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), EIO);
    assert_int_equal(fuse_client_ask(&stage->client, &destroy, NULL, 0), EIO);
    assert_int_equal(fuse_client_map(&stage->client, FUSE_ROOT_ID, 0, 0, 4096, 1), EIO);
    assert_int_equal(fuse_client_init(&stage->client, &stage->init), 0);
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, "file", &entry), ENOENT);
}

static int
set_up_keeping(void **state)
{
    Stage *stage = g_new0(Stage, 1);

    *state = stage;
    stage->front_end.fd = -1;
    return daemon_start(&stage->daemon, stage_program, "--keep") ? 0 : -1;
}

/* The third of its front ends is a sane one. */
static void
daemon_that_is_to_keep_listening_does(void **state)
{
    Stage *stage = *state;
    const uint32_t nonsense[] = { 1, 2, 3 };
    int fd = daemon_connect(&stage->daemon);

    assert_int_equal(write(fd, nonsense, sizeof(nonsense)), sizeof(nonsense));
    (void)close(fd);
    (void)close(daemon_connect(&stage->daemon));
    assert_true(front_end_open(&stage->front_end, daemon_connect(&stage->daemon)));
    assert_true(front_end_start(&stage->front_end, true));
    stage->client = fuse_client_new(&stage->front_end, 1);
    assert_int_equal(fuse_client_init(&stage->client, &stage->init), 0);
    assert_int_equal(kill(stage->daemon.pid, SIGTERM), 0);
    assert_int_equal(daemon_wait(&stage->daemon), 0);
}

static const struct CMUnitTest TESTS[] = {
    STAGE_TEST(ends_well_on_disconnect),
    STAGE_TEST(ends_well_on_signals),
    cmocka_unit_test_setup_teardown(ends_well_on_signals_before_a_connection, stage_set_up_daemon,
                                    stage_tear_down),
    STAGE_TEST(ends_well_while_it_waits_for_the_front_end),
    STAGE_TEST(ends_well_while_a_queue_is_to_stop),
    STAGE_TEST(disconnect_ends_waiting_for_the_front_end),
    STAGE_TEST(requests_do_not_wait_for_those_of_other_queues),
    STAGE_TEST(queues_work_side_by_side),
    STAGE_TEST(queues_stop_and_go_on),
    STAGE_TEST(queues_begin_again_after_a_reset),
    STAGE_TEST(no_request_is_lost_when_a_queue_stops),
    STAGE_TEST(queue_of_a_hostile_guest_rests_until_it_is_set_up_again),
    STAGE_TEST(chains_without_a_request_are_given_back),
    STAGE_TEST(answers_without_room_are_errors),
    STAGE_TEST(nothing_but_init_comes_first),
    cmocka_unit_test_setup_teardown(daemon_that_is_to_keep_listening_does, set_up_keeping,
                                    stage_tear_down),
};

STAGE_MAIN(TESTS)
