/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-daxfsd-requests.c: FUSE requests of a guest that says whatever it likes, on real files. */
#include "fuzz/fuzz.h"

#include "fuse-server.h"
#include "guest.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* How an input is read: a request is an operation, the number of an inode, how much room there is
 * for the answer (a byte, in pieces of 32), how many bytes follow, and those. Before the first
 * comes a proper FUSE_INIT. Numbers of inodes and open files are small, so inputs meet them. */
enum {
    MAX_REQUESTS = 32,
    MAX_FILE_SIZE = 1 << 20,
    QUESTION = GUEST_HIGH,
    ANSWER = GUEST_TOP
};

static Guest guest;
static MemoryTable *table;
static char *folder; /* beneath $TMPDIR */

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    return place->level > 0 ? remove(path) : 0;
}

static void
remove_folder(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)remove(folder);
}

static bool
make_file(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_set_contents(path, "contents", 8, NULL);
}

/* Guests may ask for files of any size. */
static void
open_stage(void)
{
    const struct rlimit limit = { MAX_FILE_SIZE, MAX_FILE_SIZE };

    must(guest_open(&guest));
    table = guest_new_table(&guest);
    folder = g_dir_make_tmp("fuzz-daxfsd-XXXXXX", NULL);
    must(table != NULL && folder != NULL && atexit(remove_folder) == 0);
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
}

/* The answer is as long as it says, and no longer than there is room. */
static void
judge(const Chain *chain, const struct fuse_in_header *question, uint32_t written)
{
    struct fuse_out_header header;

    must(written <= chain->writable.length);
    if (written == 0) {
        return;
    }
    must(guest_buffer_get(&chain->writable, 0, &header, sizeof(header)));
    must(header.len == written && header.unique == question->unique);
    must(header.error <= 0 && header.error > -512);
}

static void
ask(FuseServer *server, const struct fuse_in_header *header, const void *rest, size_t length,
    size_t room)
{
    static Chain chain;
    uint8_t *memory = guest_at(&guest, QUESTION);

    memcpy(memory, header, sizeof(*header));
    memcpy(memory + sizeof(*header), rest, length);
    guest_buffer_clear(&chain.readable);
    guest_buffer_clear(&chain.writable);
    must(guest_buffer_append(&chain.readable, table, QUESTION, sizeof(*header) + length));
    must(guest_buffer_append(&chain.writable, table, ANSWER, room));
    judge(&chain, header, fuse_server_handle(server, &chain));
}

static void
mount_share(FuseServer *server)
{
    const struct fuse_init_in init = { .major = 7, .minor = 36, .flags = ~0U };
    const struct fuse_in_header header = { .len = sizeof(header) + sizeof(init),
                                           .opcode = FUSE_INIT,
                                           .unique = 1 };

    ask(server, &header, &init, sizeof(init), 200);
}

static void
ask_all(FuseServer *server, const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < MAX_REQUESTS && size >= 4; i++) {
        size_t length = MIN(data[3], size - 4);
        const struct fuse_in_header header = {
            .len = (uint32_t)(sizeof(header) + length),
            .opcode = data[0],
            .nodeid = data[1],
            .unique = i + 2,
        };

        ask(server, &header, data + 4, length, data[2] * 32U);
        data += 4 + length;
        size -= 4 + length;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(BackendChannel) backend = NULL;
    g_autoptr(Share) share = NULL;
    g_autoptr(FuseServer) server = NULL;
    int fd;

    if (table == NULL) {
        open_stage();
    }
    must(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
    must(make_file("a") && make_file("b"));
    backend = backend_channel_new(-1);
    fd = share_open_directory(folder, NULL);
    share = share_new(fd, backend, NULL);
    (void)close(fd);
    server = fuse_server_new(share);
    mount_share(server);
    ask_all(server, data, size);
    return 0;
}
