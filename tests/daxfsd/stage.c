/* SPDX-License-Identifier: BSD-3-Clause */
/* stage.c: a daemon, a front end and a guest that has mounted, for one test each. */
#include "stage.h"

const char *stage_program;

int
stage_set_up_daemon(void **state)
{
    Stage *stage = g_new0(Stage, 1);

    *state = stage;
    stage->front_end.fd = -1;
    return daemon_start(&stage->daemon, stage_program, NULL) ? 0 : -1;
}

static int
set_up(void **state, bool has_window)
{
    Stage *stage;

    if (stage_set_up_daemon(state) != 0) {
        return -1;
    }
    stage = *state;
    if (!front_end_open(&stage->front_end, daemon_connect(&stage->daemon)) ||
        !front_end_start(&stage->front_end, has_window)) {
        return -1;
    }
    stage->client = fuse_client_new(&stage->front_end, 1);
    return fuse_client_init(&stage->client, &stage->init);
}

int
stage_set_up(void **state)
{
    return set_up(state, true);
}

int
stage_set_up_without_window(void **state)
{
    return set_up(state, false);
}

int
stage_tear_down(void **state)
{
    Stage *stage = *state;
    bool is_good = true;

    if (stage->front_end.window != NULL) {
        is_good = daxwin_window_audit(stage->front_end.window, NULL);
        front_end_close(&stage->front_end);
    }
    if (stage->daemon.pid > 0 && daemon_wait(&stage->daemon) != 0) {
        g_autofree char *log = daemon_read_log(&stage->daemon);

        print_message("# the daemon did not end well: %s\n", log);
        is_good = false;
    }
    daemon_clear(&stage->daemon);
    g_free(stage);
    return is_good ? 0 : -1;
}

uint8_t *
stage_window_at(const Stage *stage, uint64_t offset)
{
    return (uint8_t *)daxwin_window_get_base(stage->front_end.window) + offset;
}

uint64_t
stage_make_node(Stage *stage, const char *name, size_t size, uint8_t seed)
{
    struct fuse_entry_out entry;

    assert_true(daemon_make_file(&stage->daemon, name, size, seed));
    assert_int_equal(fuse_client_look_up(&stage->client, FUSE_ROOT_ID, name, &entry), 0);
    return entry.nodeid;
}

int
stage_ask_with_names(Stage *stage, uint32_t opcode, const void *structure, size_t length,
                     const char *names, size_t names_length)
{
    const FuseQuestion question = {
        .opcode = opcode,
        .node = FUSE_ROOT_ID,
        .structure = structure,
        .structure_length = length,
        .rest = names,
        .rest_length = names_length,
    };

    return fuse_client_ask(&stage->client, &question, NULL, 256);
}

int
stage_open(Stage *stage, const char *name, uint32_t flags, uint64_t *node, uint64_t *handle)
{
    struct fuse_entry_out entry;
    int result = fuse_client_look_up(&stage->client, FUSE_ROOT_ID, name, &entry);

    if (result != 0) {
        return result;
    }
    *node = entry.nodeid;
    return fuse_client_open(&stage->client, *node, flags, handle);
}
