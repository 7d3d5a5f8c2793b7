/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-serve.c: sequences of requests that look sound, on real windows with real files. */
#include "fuzz/fuzz.h"
#include "support/stage.h"

#include <daxwin/serve.h>
#include <string.h>

/* How an input is read: a request is an operation, a byte of options, a count of entries, and for
 * each entry four bytes that stand for numbers a sender might give, see number_of(). */
enum {
    FS_MAP,
    FS_UNMAP,
    FS_SYNC,
    FS_IO,
    SHMEM_MAP,
    SHMEM_UNMAP,
    RAW_BYTES, /* instead of entries: what follows is a payload, for an operation of its own */
    CLEAR,
    OPERATIONS
};

enum {
    MAX_REQUESTS = 64,
    MAX_ERRNO = 4095,
    FIXED8_SLOTS = 8,
    SPECIAL_FROM = 240, /* bytes from here on stand for odd numbers */
    OPTION_FIXED8 = 1 << 0,
    OPTION_FILE_SHIFT = 1, /* three bits */
    OPTION_DROP_FSETID = 1 << 4
};

typedef struct {
    const uint8_t *next;
    size_t left;
} Input;

typedef struct {
    int operation;
    DaxwinFsDialect dialect;
    int fd;
    uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH + 8];
    size_t length;
    uint64_t most; /* bytes that FS_IO may move */
} Request;

static Stage stage;

static uint8_t
take_byte(Input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->next++;
}

static uint64_t
number_of(uint8_t byte)
{
    switch (byte) {
    case SPECIAL_FROM:
        return 1;
    case SPECIAL_FROM + 1:
        return pages(1) - 1;
    case SPECIAL_FROM + 2:
        return pages(1) / 2;
    case SPECIAL_FROM + 3:
        return pages(STAGE_RAM_AT) + 5;
    case SPECIAL_FROM + 4:
        return (uint64_t)INT64_MAX;
    case SPECIAL_FROM + 5:
        return (uint64_t)INT64_MAX + 1 - pages(1);
    case SPECIAL_FROM + 6:
        return UINT64_MAX - pages(1) + 1;
    case SPECIAL_FROM + 7:
        return UINT64_MAX;
    default:
        return pages(byte % STAGE_GUEST_PAGES);
    }
}

static DaxwinFsEntry
take_entry(Input *input)
{
    DaxwinFsEntry entry;

    entry.file_offset = number_of(take_byte(input));
    entry.cache_offset = number_of(take_byte(input));
    entry.length = number_of(take_byte(input));
    entry.flags = take_byte(input);
    if (entry.flags < SPECIAL_FROM) {
        entry.flags %= 4;
    }
    return entry;
}

static void
take_fs_message(Input *input, Request *request, uint8_t options)
{
    size_t limit =
        request->dialect == DAXWIN_FS_DIALECT_FIXED8 ? FIXED8_SLOTS : DAXWIN_FS_MESSAGE_MAX_ENTRIES;
    DaxwinFsMessage message = { .n_entries = take_byte(input) % (limit + 1) };

    if (request->dialect == DAXWIN_FS_DIALECT_ENTRIES && (options & OPTION_DROP_FSETID) != 0) {
        message.flags = DAXWIN_FS_MESSAGE_DROP_FSETID;
    }
    for (size_t i = 0; i < message.n_entries; i++) {
        message.entries[i] = take_entry(input);
        if (__builtin_add_overflow(request->most, message.entries[i].length, &request->most)) {
            request->most = UINT64_MAX;
        }
    }
    must(daxwin_fs_message_encode(request->dialect, &message, request->payload,
                                  sizeof request->payload, &request->length, NULL));
}

static void
take_shmem_message(Input *input, Request *request)
{
    uint8_t shmid = take_byte(input) % (STAGE_REGIONS + 1);
    DaxwinFsEntry entry = take_entry(input);
    DaxwinShmemMessage message = { shmid, entry.file_offset, entry.cache_offset, entry.length,
                                   entry.flags };

    must(daxwin_shmem_message_encode(&message, request->payload, sizeof request->payload,
                                     &request->length, NULL));
}

static void
take_raw_bytes(Input *input, Request *request)
{
    size_t wanted;

    request->operation = take_byte(input) % RAW_BYTES;
    wanted = take_byte(input) << 8;
    wanted = (wanted | take_byte(input)) % sizeof request->payload;
    request->length = MIN(wanted, input->left);
    memcpy(request->payload, input->next, request->length);
    input->next += request->length;
    input->left -= request->length;
    request->most = UINT64_MAX;
}

static void
take_request(Input *input, Request *request)
{
    uint8_t options;

    *request = (Request){ .operation = take_byte(input) % OPERATIONS };
    options = take_byte(input);
    request->dialect =
        (options & OPTION_FIXED8) != 0 ? DAXWIN_FS_DIALECT_FIXED8 : DAXWIN_FS_DIALECT_ENTRIES;
    request->fd = stage.files[(options >> OPTION_FILE_SHIFT) % STAGE_FILES];
    if (request->operation <= FS_IO) {
        take_fs_message(input, request, options);
    } else if (request->operation <= SHMEM_UNMAP) {
        take_shmem_message(input, request);
    } else if (request->operation == RAW_BYTES) {
        take_raw_bytes(input, request);
    }
}

static uint64_t
serve(const Request *request, const void *payload, GError **error)
{
    DaxwinWindow *cache = stage.cache;
    DaxwinFsDialect dialect = request->dialect;
    size_t length = request->length;

    switch (request->operation) {
    case FS_MAP:
        return daxwin_serve_fs_map(cache, dialect, payload, length, request->fd, error);
    case FS_UNMAP:
        return daxwin_serve_fs_unmap(cache, dialect, payload, length, error);
    case FS_SYNC:
        return daxwin_serve_fs_sync(cache, dialect, payload, length, error);
    case FS_IO:
        return daxwin_serve_fs_io(dialect, payload, length, request->fd, stage_resolve, &stage,
                                  error);
    case SHMEM_MAP:
        return daxwin_serve_shmem_map(stage.regions, STAGE_REGIONS, payload, length, request->fd,
                                      error);
    case SHMEM_UNMAP:
        return daxwin_serve_shmem_unmap(stage.regions, STAGE_REGIONS, payload, length, error);
    default:
        must(stage_clear(&stage));
        return 0;
    }
}

/* The reply is a success or an errno, and the error says which; the payload is left alone. */
static void
serve_and_judge(const Request *request)
{
    g_autofree uint8_t *payload = g_malloc(MAX(request->length, 1)); /* no byte to spare */
    g_autoptr(GError) error = NULL;
    uint64_t most = request->operation == FS_IO ? request->most : 0;
    uint64_t reply;

    memcpy(payload, request->payload, request->length);
    reply = serve(request, payload, &error);
    if (error != NULL) {
        must(reply >= (uint64_t)-MAX_ERRNO);
    } else {
        must(reply <= most);
    }
    must(memcmp(payload, request->payload, request->length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_open;
    Input input = { data, size };

    if (!is_open) {
        must(stage_open(&stage));
        is_open = true;
    }
    for (int i = 0; i < MAX_REQUESTS && input.left > 0; i++) {
        Request request;

        take_request(&input, &request);
        serve_and_judge(&request);
    }
    must(stage_agrees_with_kernel(&stage, NULL));
    must(stage_clear(&stage));
    return 0;
}
