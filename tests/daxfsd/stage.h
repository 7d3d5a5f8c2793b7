/* SPDX-License-Identifier: BSD-3-Clause */
/* stage.h: a daemon, a front end and a guest that has mounted, for one test each. */
#pragma once

#include "support/testing.h"

#include "daemon.h"
#include "fuse-client.h"

typedef struct {
    Daemon daemon;
    FrontEnd front_end;
    FuseClient client;         /* on queue 1 */
    struct fuse_init_out init; /* what FUSE_INIT was answered with */
} Stage;

/* The path of daxfsd; to be set before any test is run. */
extern const char *stage_program;

/* For cmocka. The second has no window. Both are torn down by the third, which fails the test if
 * the daemon does not end well after a disconnect. */
int stage_set_up(void **state);
int stage_set_up_without_window(void **state);
int stage_tear_down(void **state);

/* Starts a daemon only. */
int stage_set_up_daemon(void **state);

/* What the guest has in the window at @offset. */
uint8_t *stage_window_at(const Stage *stage, uint64_t offset);

/* Makes a file in the shared directory and looks it up. */
uint64_t stage_make_node(Stage *stage, const char *name, size_t size, uint8_t seed);

/* Asks about names in the root: a structure, and the names behind it with their NULs. */
int stage_ask_with_names(Stage *stage, uint32_t opcode, const void *structure, size_t length,
                         const char *names, size_t names_length);

/* Looks a file up and opens it. */
int stage_open(Stage *stage, const char *name, uint32_t flags, uint64_t *node, uint64_t *handle);

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

/* The main function of a program with such tests, whose first argument is the path of daxfsd. */
#define STAGE_MAIN(tests)                                                                          \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        stage_program = argc > 1 ? argv[1] : "daxfsd";                                             \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }
