/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-serve.c: requests as bytes, above the calls that they stand for. */
#include "workloads.h"

#include "fail.h"
#include "scratch.h"

#include <daxwin/daxwin.h>

/* One page: the cheaper the call, the more its message shows. */
typedef struct {
    DaxwinFsDialect dialect; /* 0 for SHMEM messages */
    bool is_map;             /* a map over the same piece; else an unmap of idle memory */
    int fd;
} ServeSetting;

typedef struct {
    ServeSetting setting;
    DaxwinWindow *window;
    DaxwinMapping mapping;
    uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH];
    size_t length;
} Server;

static void
encode(Server *server)
{
    const DaxwinFsMessage fs = { 0, 1, { { 0, 0, server->mapping.length, DAXWIN_FS_ENTRY_READ } } };
    const DaxwinShmemMessage shmem = { .length = server->mapping.length };
    g_autoptr(GError) error = NULL;
    bool is_encoded =
        server->setting.dialect != 0
            ? daxwin_fs_message_encode(server->setting.dialect, &fs, server->payload,
                                       sizeof server->payload, &server->length, &error)
            : daxwin_shmem_message_encode(&shmem, server->payload, sizeof server->payload,
                                          &server->length, &error);

    if (!is_encoded) {
        fail("%s", error->message);
    }
}

static Server *
server_new(const ServeSetting *setting)
{
    Server *server = g_new0(Server, 1);
    g_autoptr(GError) error = NULL;

    server->setting = *setting;
    server->mapping = (DaxwinMapping){ 0, 0, daxwin_host_page_size(), DAXWIN_ACCESS_READ };
    server->window = daxwin_window_new(MIB, daxwin_arch_native(), DAXWIN_WINDOW_DEFAULT, &error);
    if (server->window == NULL) {
        fail("%s", error->message);
    }
    encode(server);
    return server;
}

static void
server_free(Server *server)
{
    daxwin_window_unref(server->window);
    g_free(server);
}

/* Both share one window: what lies next to a window makes more of a difference than a message. */
static void *
share_server(const void *setting)
{
    return (void *)setting;
}

static void
leave_server(void *state)
{
    (void)state;
}

static uint64_t
serve(Server *server, GError **error)
{
    const ServeSetting *setting = &server->setting;

    if (setting->dialect != 0) {
        return setting->is_map
                   ? daxwin_serve_fs_map(server->window, setting->dialect, server->payload,
                                         server->length, setting->fd, error)
                   : daxwin_serve_fs_unmap(server->window, setting->dialect, server->payload,
                                           server->length, error);
    }
    return setting->is_map ? daxwin_serve_shmem_map(&server->window, 1, server->payload,
                                                    server->length, setting->fd, error)
                           : daxwin_serve_shmem_unmap(&server->window, 1, server->payload,
                                                      server->length, error);
}

static uint64_t
run_messages(void *state, uint64_t round, uint64_t count)
{
    g_autoptr(GError) error = NULL;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        if (serve(state, &error) != 0) {
            fail("%s", error->message);
        }
    }
    return count;
}

static uint64_t
run_calls(void *state, uint64_t round, uint64_t count)
{
    Server *server = state;
    g_autoptr(GError) error = NULL;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        bool is_done =
            server->setting.is_map
                ? daxwin_window_map(server->window, server->setting.fd, &server->mapping, &error)
                : daxwin_window_unmap(server->window, 0, server->mapping.length, &error);

        if (!is_done) {
            fail("%s", error->message);
        }
    }
    return count;
}

/* One kind of message, against the call that it stands for. */
typedef struct {
    const char *name;
    const char *title;
    DaxwinFsDialect dialect;
    bool is_map;
} Kind;

static void
race_message(Bench *bench, const Kind *kind, int fd)
{
    static const Wanted WANTED[] = { { WANTED_DIFFERENCE, 0, 1, { GOAL_AT_MOST, 150 } } };
    Server *server = server_new(&(ServeSetting){ kind->dialect, kind->is_map, fd });
    const Racer racers[] = {
        { "message", share_server, NULL, run_messages, leave_server, server },
        { "call", share_server, NULL, run_calls, leave_server, server },
    };

    (void)race_run(bench, &(Race){ .name = kind->name,
                                   .title = kind->title,
                                   .per = "message",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = WANTED,
                                   .n_wanted = G_N_ELEMENTS(WANTED) });
    server_free(server);
}

void
workload_serve(Bench *bench)
{
    static const Kind KINDS[] = {
        { "serve-entries-map", "FS_MAP by entries", DAXWIN_FS_DIALECT_ENTRIES, true },
        { "serve-entries-unmap", "FS_UNMAP by entries", DAXWIN_FS_DIALECT_ENTRIES, false },
        { "serve-fixed8-map", "FS_MAP in eight slots", DAXWIN_FS_DIALECT_FIXED8, true },
        { "serve-fixed8-unmap", "FS_UNMAP in eight slots", DAXWIN_FS_DIALECT_FIXED8, false },
        { "serve-shmem-map", "SHMEM_MAP", 0, true },
        { "serve-shmem-unmap", "SHMEM_UNMAP", 0, false },
    };
    int fd = scratch_open(bench->directory, MIB);

    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        race_message(bench, &KINDS[i], fd);
    }
    scratch_close(fd);
}
