/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-client.c: FUSE requests as the kernel of a guest makes them. */
#include "fuse-client.h"

#include <errno.h>
#include <string.h>

/* Each queue has its part of the guest's memory. */
enum {
    SPACE = 0x40000,
    QUESTION = 0,
    ANSWER = 0x20000,
    ANSWER_ROOM = 0x20000,
    MAX_PIECES = 18
};

FuseClient
fuse_client_new(FrontEnd *front_end, unsigned queue)
{
    return (FuseClient){ .front_end = front_end, .queue = queue };
}

static uint64_t
address_of(const FuseClient *client, uint64_t offset)
{
    return GUEST_HIGH + client->queue * (uint64_t)SPACE + offset;
}

static void *
memory_at(const FuseClient *client, uint64_t offset)
{
    return guest_at(&client->front_end->guest, address_of(client, offset));
}

static uint32_t
sum_of(const FuseQuestion *question, bool is_writable)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < question->n_pieces; i++) {
        sum += question->pieces[i].is_writable == is_writable ? question->pieces[i].length : 0;
    }
    return sum;
}

/* Writes header, structure and rest; returns their length. */
static uint32_t
put_question(FuseClient *client, const FuseQuestion *question)
{
    uint8_t *memory = memory_at(client, QUESTION);
    size_t length =
        sizeof(struct fuse_in_header) + question->structure_length + question->rest_length;
    const struct fuse_in_header header = {
        .len = (uint32_t)length + sum_of(question, false),
        .opcode = question->opcode,
        .unique = ++client->unique * 2,
        .nodeid = question->node,
        .uid = client->user,
        .gid = client->group,
    };

    memcpy(memory, &header, sizeof(header));
    memory += sizeof(header);
    if (question->structure_length > 0) {
        memcpy(memory, question->structure, question->structure_length);
    }
    if (question->rest_length > 0) {
        memcpy(memory + question->structure_length, question->rest, question->rest_length);
    }
    return (uint32_t)length;
}

/* What the kernel of a guest would take for sound. */
static int
judge(FuseClient *client, int64_t written)
{
    struct fuse_out_header header;

    memcpy(&header, memory_at(client, ANSWER), sizeof(header));
    if (written < (int64_t)sizeof(header) || header.len != written || header.error > 0 ||
        header.error <= -512 || header.unique != client->unique * 2 ||
        (header.error != 0 && written != sizeof(header))) {
        return -1;
    }
    client->answer_length = header.len - (uint32_t)sizeof(header);
    return -header.error;
}

/* The order that virtio wants: first all that is read. Linux puts the header of an answer and the
 * rest of it into pieces of their own. */
static size_t
lay_out(const FuseClient *client, const FuseQuestion *question, uint32_t length, size_t room,
        FrontEndPiece *pieces)
{
    size_t n = 0;

    pieces[n++] = (FrontEndPiece){ address_of(client, QUESTION), length, false };
    for (size_t i = 0; i < question->n_pieces; i++) {
        if (!question->pieces[i].is_writable) {
            pieces[n++] = question->pieces[i];
        }
    }
    pieces[n++] =
        (FrontEndPiece){ address_of(client, ANSWER), sizeof(struct fuse_out_header), true };
    for (size_t i = 0; i < question->n_pieces; i++) {
        if (question->pieces[i].is_writable) {
            pieces[n++] = question->pieces[i];
        }
    }
    if (room > 0) {
        pieces[n++] = (FrontEndPiece){ address_of(client, ANSWER + sizeof(struct fuse_out_header)),
                                       (uint32_t)room, true };
    }
    return n;
}

int
fuse_client_ask(FuseClient *client, const FuseQuestion *question, void *answer, size_t room)
{
    FrontEndPiece pieces[MAX_PIECES];
    uint32_t length = put_question(client, question);
    size_t n = lay_out(client, question, length, room, pieces);
    int result;

    memset(memory_at(client, ANSWER), 0xa5, sizeof(struct fuse_out_header));
    result = judge(client, front_end_run(client->front_end, client->queue, pieces, n));
    if (result == 0 && answer != NULL) {
        memcpy(answer, memory_at(client, ANSWER + sizeof(struct fuse_out_header)),
               MIN(room, client->answer_length));
    }
    return result;
}

int
fuse_client_init(FuseClient *client, struct fuse_init_out *answer)
{
    const struct fuse_init_in init = {
        .major = 7,
        .minor = 36,
        .max_readahead = 131072,
        .flags = FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_DONT_MASK |
                 FUSE_AUTO_INVAL_DATA | FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO |
                 FUSE_ASYNC_DIO | FUSE_PARALLEL_DIROPS | FUSE_HANDLE_KILLPRIV | FUSE_MAX_PAGES |
                 FUSE_MAP_ALIGNMENT | FUSE_HANDLE_KILLPRIV_V2 | FUSE_INIT_EXT,
        .flags2 = (uint32_t)(FUSE_HAS_INODE_DAX >> 32),
    };
    const FuseQuestion question = { .opcode = FUSE_INIT,
                                    .structure = &init,
                                    .structure_length = sizeof(init) };

    return fuse_client_ask(client, &question, answer, sizeof(*answer));
}

int
fuse_client_look_up(FuseClient *client, uint64_t parent, const char *name,
                    struct fuse_entry_out *entry)
{
    const FuseQuestion question = {
        .opcode = FUSE_LOOKUP, .node = parent, .rest = name, .rest_length = strlen(name) + 1
    };

    return fuse_client_ask(client, &question, entry, sizeof(*entry));
}

int
fuse_client_open(FuseClient *client, uint64_t node, uint32_t flags, uint64_t *handle)
{
    const struct fuse_open_in open = { .flags = flags };
    const FuseQuestion question = {
        .opcode = FUSE_OPEN, .node = node, .structure = &open, .structure_length = sizeof(open)
    };
    struct fuse_open_out answer;
    int result = fuse_client_ask(client, &question, &answer, sizeof(answer));

    *handle = result == 0 ? answer.fh : 0;
    return result;
}

int
fuse_client_create(FuseClient *client, const char *name, uint32_t flags, uint32_t mode,
                   uint64_t *node, uint64_t *handle)
{
    const struct fuse_create_in create = { .flags = flags, .mode = mode };
    const FuseQuestion question = {
        .opcode = FUSE_CREATE,
        .node = FUSE_ROOT_ID,
        .structure = &create,
        .structure_length = sizeof(create),
        .rest = name,
        .rest_length = strlen(name) + 1,
    };
    struct {
        struct fuse_entry_out entry;
        struct fuse_open_out open;
    } answer;
    int result = fuse_client_ask(client, &question, &answer, sizeof(answer));

    *node = result == 0 ? answer.entry.nodeid : 0;
    *handle = result == 0 ? answer.open.fh : 0;
    return result;
}

int
fuse_client_read_to(FuseClient *client, uint64_t handle, uint64_t offset,
                    const FrontEndPiece *pieces, size_t n)
{
    FuseQuestion question = { .opcode = FUSE_READ, .pieces = pieces, .n_pieces = n };
    const struct fuse_read_in read = { .fh = handle,
                                       .offset = offset,
                                       .size = sum_of(&question, true) };

    question.structure = &read;
    question.structure_length = sizeof(read);
    return fuse_client_ask(client, &question, NULL, 0);
}

int
fuse_client_write_from(FuseClient *client, uint64_t handle, uint64_t offset, uint32_t flags,
                       const FrontEndPiece *pieces, size_t n)
{
    FuseQuestion question = { .opcode = FUSE_WRITE, .pieces = pieces, .n_pieces = n };
    const struct fuse_write_in write = {
        .fh = handle, .offset = offset, .size = sum_of(&question, false), .write_flags = flags
    };
    struct fuse_write_out answer;
    int result;

    question.structure = &write;
    question.structure_length = sizeof(write);
    result = fuse_client_ask(client, &question, &answer, sizeof(answer));
    return result == 0 && answer.size != write.size ? -1 : result;
}

/* Where the data of the two functions below are: in the top region, which belongs to nobody else.
 */
static FrontEndPiece
data_piece(const FuseClient *client, uint32_t length, bool is_writable)
{
    return (FrontEndPiece){ GUEST_TOP + client->queue * UINT64_C(0x4000), length, is_writable };
}

int
fuse_client_read(FuseClient *client, uint64_t handle, uint64_t offset, void *to, uint32_t length)
{
    FrontEndPiece piece = data_piece(client, length, true);
    int result = fuse_client_read_to(client, handle, offset, &piece, 1);

    memcpy(to, guest_at(&client->front_end->guest, piece.address), length);
    return result;
}

int
fuse_client_write(FuseClient *client, uint64_t handle, uint64_t offset, const void *from,
                  uint32_t length)
{
    FrontEndPiece piece = data_piece(client, length, false);

    memcpy(guest_at(&client->front_end->guest, piece.address), from, length);
    return fuse_client_write_from(client, handle, offset, 0, &piece, 1);
}

/* This is not answered. */
int
fuse_client_forget(FuseClient *client, uint64_t node, uint64_t lookups)
{
    const struct fuse_forget_in forget = { .nlookup = lookups };
    const FuseQuestion question = { .opcode = FUSE_FORGET,
                                    .node = node,
                                    .structure = &forget,
                                    .structure_length = sizeof(forget) };
    FrontEndPiece piece = { address_of(client, QUESTION), put_question(client, &question), false };

    return front_end_run(client->front_end, client->queue, &piece, 1) == 0 ? 0 : -1;
}

int
fuse_client_map(FuseClient *client, uint64_t node, uint64_t file_offset, uint64_t window_offset,
                uint64_t length, uint64_t flags)
{
    const struct fuse_setupmapping_in map = {
        .fh = UINT64_MAX,
        .foffset = file_offset,
        .len = length,
        .flags = flags,
        .moffset = window_offset,
    };
    const FuseQuestion question = { .opcode = FUSE_SETUPMAPPING,
                                    .node = node,
                                    .structure = &map,
                                    .structure_length = sizeof(map) };

    return fuse_client_ask(client, &question, NULL, 0);
}

int
fuse_client_unmap(FuseClient *client, const struct fuse_removemapping_one *ranges, uint32_t n)
{
    const struct fuse_removemapping_in unmap = { .count = n };
    const FuseQuestion question = {
        .opcode = FUSE_REMOVEMAPPING,
        .structure = &unmap,
        .structure_length = sizeof(unmap),
        .rest = ranges,
        .rest_length = n * sizeof(*ranges),
    };

    return fuse_client_ask(client, &question, NULL, 0);
}
