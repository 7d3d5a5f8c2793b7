/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-fs-dax-channel.c: a thread that answers a vhost-user back-end. */

#include "qemu/osdep.h"
#include "block/aio.h"
#include "exec/address-spaces.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/thread.h"
#include "sysemu/tcg.h"
#include "vhost-user-fs-dax-internal.h"

/*
 * The thread takes no lock but those of the window and of RCU, and nobody
 * waits for its end. So the main loop may hold the BQL while it waits for a
 * back-end that in turn waits for this thread, as happens when the guest is
 * stopped or reset under load.
 */

#define VERSION 1
#define VERSION_MASK 3
#define FLAG_REPLY (1 << 2)
#define FLAG_NEED_REPLY (1 << 3)

typedef struct QEMU_PACKED Header {
    uint32_t request;
    uint32_t flags;
    uint32_t size;
} Header;

typedef struct QEMU_PACKED Reply {
    Header header;
    uint64_t result;
} Reply;

typedef struct Request {
    Header header;
    uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH];
    int *fds;
    size_t n_fds;
} Request;

typedef struct Channel {
    VHostUserFSDax *dax;
    QIOChannel *ioc;
} Channel;

/* Guest memory that a transfer is under way to or from, or nothing. */
typedef struct Borrowed {
    void *host;
    hwaddr length;
    bool is_written;
} Borrowed;

static void give_back(Borrowed *borrowed)
{
    if (borrowed->host) {
        address_space_unmap(&address_space_memory, borrowed->host,
                            borrowed->length, borrowed->is_written,
                            borrowed->length);
        borrowed->host = NULL;
    }
}

/*
 * A DaxwinResolveFunc. The memory cannot go away before it is given back, for
 * its region is held; waiting for a slow file under the RCU lock would stall
 * the whole process. It is never MMIO: that would take a lock.
 */
static void *borrow(uint64_t address, size_t *length, bool for_write,
                    void *opaque)
{
    Borrowed *borrowed = opaque;
    hwaddr offset, available = *length;
    MemoryRegion *mr;

    give_back(borrowed);
    RCU_READ_LOCK_GUARD();
    mr = address_space_translate(&address_space_memory, address, &offset,
                                 &available, for_write, MEMTXATTRS_UNSPECIFIED);
    if (!memory_access_is_direct(mr, for_write)) {
        return NULL;
    }
    memory_region_ref(mr);
    borrowed->host = qemu_map_ram_ptr(mr->ram_block, offset);
    borrowed->length = available;
    borrowed->is_written = for_write;
    *length = available;
    return borrowed->host;
}

static uint64_t serve_io(const Request *request, int fd, GError **error)
{
    Borrowed borrowed = { 0 };
    uint64_t result;

    result = daxwin_serve_fs_io(DAXWIN_FS_DIALECT_ENTRIES, request->payload,
                                request->header.size, fd, borrow, &borrowed,
                                error);
    give_back(&borrowed);
    return result;
}

/*
 * The translations of code that lay where other files are mapped now must not
 * be run any more. Giving memory back as written forgets them.
 */
static void forget_code(VHostUserFSDax *dax, const Request *request)
{
    uint8_t *base = daxwin_window_get_base(dax->window);
    DaxwinFsMessage message;
    size_t i;

    if (!tcg_enabled() ||
        !daxwin_fs_message_decode(DAXWIN_FS_DIALECT_ENTRIES, request->payload,
                                  request->header.size, &message, NULL)) {
        return;
    }
    for (i = 0; i < message.n_entries; i++) {
        const DaxwinFsEntry *entry = &message.entries[i];

        if (entry->length != 0) {
            memory_region_ref(&dax->mr);
            address_space_unmap(&address_space_memory,
                                base + entry->cache_offset, entry->length, true,
                                entry->length);
        }
    }
}

static uint64_t serve_map(VHostUserFSDax *dax, const Request *request, int fd,
                          GError **error)
{
    uint64_t result;

    result = daxwin_serve_fs_map(dax->window, DAXWIN_FS_DIALECT_ENTRIES,
                                 request->payload, request->header.size, fd,
                                 error);
    if (result == 0) {
        forget_code(dax, request);
    }
    return result;
}

static uint64_t serve_request(VHostUserFSDax *dax, const Request *request)
{
    int fd = request->n_fds > 0 ? request->fds[0] : -1;
    g_autoptr(GError) error = NULL;
    uint64_t result;

    switch (request->header.request) {
    case DAXWIN_FS_QEMU_2021_MAP:
        result = serve_map(dax, request, fd, &error);
        break;
    case DAXWIN_FS_QEMU_2021_UNMAP:
        result = daxwin_serve_fs_unmap(dax->window, DAXWIN_FS_DIALECT_ENTRIES,
                                       request->payload, request->header.size,
                                       &error);
        break;
    case DAXWIN_FS_QEMU_2021_IO:
        result = serve_io(request, fd, &error);
        break;
    default:
        result = -ENOSYS;
        break;
    }
    if ((int64_t)result < 0) {
        qemu_log_mask(LOG_GUEST_ERROR,
                      "vhost-user-fs: request %" PRIu32 " refused: %s\n",
                      request->header.request,
                      error ? error->message : "it is unknown here");
    }
    return result;
}

/* Requests of this kind are always answered, others if they ask for it. */
static bool wants_reply(const Header *header)
{
    return header->request == DAXWIN_FS_QEMU_2021_MAP ||
           header->request == DAXWIN_FS_QEMU_2021_UNMAP ||
           header->request == DAXWIN_FS_QEMU_2021_IO ||
           header->flags & FLAG_NEED_REPLY;
}

/* Fails without a word: the other end, or this one, has gone meanwhile. */
static bool send_reply(Channel *channel, uint32_t request, uint64_t result)
{
    Reply reply = {
        .header.request = request,
        .header.flags = VERSION | FLAG_REPLY,
        .header.size = sizeof(reply.result),
        .result = result,
    };

    return qio_channel_write_all(channel->ioc, (char *)&reply, sizeof(reply),
                                 NULL) == 0;
}

static bool check_header(const Header *header, Error **errp)
{
    if ((header->flags & VERSION_MASK) != VERSION ||
        header->flags & FLAG_REPLY) {
        error_setg(errp, "flags 0x%" PRIx32 " are not those of a request",
                   header->flags);
        return false;
    }
    if (header->size > DAXWIN_FS_MESSAGE_MAX_LENGTH) {
        error_setg(errp, "payload of %" PRIu32 " bytes exceeds %d",
                   header->size, DAXWIN_FS_MESSAGE_MAX_LENGTH);
        return false;
    }
    return true;
}

/* Returns 1, 0 at the end of the stream, or -1 with @errp set. */
static int receive(Channel *channel, Request *request, Error **errp)
{
    struct iovec iov = {
        .iov_base = &request->header,
        .iov_len = sizeof(request->header),
    };
    int ret;

    ret = qio_channel_readv_full_all_eof(channel->ioc, &iov, 1, &request->fds,
                                         &request->n_fds, errp);
    if (ret <= 0) {
        return ret;
    }
    if (!check_header(&request->header, errp) ||
        qio_channel_read_all(channel->ioc, (char *)request->payload,
                             request->header.size, errp) < 0) {
        return -1;
    }
    return 1;
}

static void close_fds(Request *request)
{
    size_t i;

    for (i = 0; i < request->n_fds; i++) {
        close(request->fds[i]);
    }
    g_free(request->fds);
}

/* Returns whether there may be a next one. */
static bool answer_next(Channel *channel, Error **errp)
{
    Request request = { 0 };
    bool is_received = receive(channel, &request, errp) > 0;
    uint64_t result = 0;

    if (is_received) {
        result = serve_request(channel->dax, &request);
    }
    close_fds(&request); /* a back-end that reads the reply may count on it */
    if (is_received && wants_reply(&request.header)) {
        return send_reply(channel, request.header.request, result);
    }
    return is_received;
}

static void *answer_all(void *opaque)
{
    Channel *channel = opaque;
    Error *error = NULL;

    rcu_register_thread();
    while (answer_next(channel, &error)) {
        /* until the back-end or the device closes the channel */
    }
    if (error) {
        error_reportf_err(error, "vhost-user-fs: ");
    }
    aio_bh_schedule_oneshot(qemu_get_aio_context(),
                            vhost_user_fs_dax_backend_gone, channel->dax);
    qio_channel_shutdown(channel->ioc, QIO_CHANNEL_SHUTDOWN_BOTH, NULL);
    object_unref(OBJECT(channel->ioc));
    g_free(channel);
    rcu_unregister_thread();
    return NULL;
}

void vhost_user_fs_dax_serve(VHostUserFSDax *dax, QIOChannel *ioc)
{
    Channel *channel = g_new(Channel, 1);
    QemuThread thread;

    channel->dax = VHOST_USER_FS_DAX(object_ref(OBJECT(dax)));
    channel->ioc = QIO_CHANNEL(object_ref(OBJECT(ioc)));
    qemu_thread_create(&thread, "fs-dax", answer_all, channel,
                       QEMU_THREAD_DETACHED);
}
