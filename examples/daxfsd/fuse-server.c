/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-server.c: answers FUSE requests, most of them through libfuse. */
#include "fuse-server.h"

#include "dax.h"
#include "fuse-check.h"
#include "fuse-patch.h"
#include "log.h"
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

struct FuseServer {
    Share *share;                        /* fixed at birth */
    struct fuse_lowlevel_ops operations; /* fixed at birth */
    pthread_rwlock_t lock;               /* held for writing while the session changes */
    struct fuse_session *session;        /* under lock; NULL before FUSE_INIT */
};

static void
initialize(void *user_data, struct fuse_conn_info *connection)
{
    (void)user_data;
    /* The newer form, which tells the daemon when to strip set-id bits, is agreed on elsewhere. */
    connection->want &= ~(unsigned)FUSE_CAP_HANDLE_KILLPRIV;
}

static void
destroy(void *user_data)
{
    dax_unmap_all(user_data);
    share_reset(user_data);
}

/* It is about requests of guests, so it is nothing to trouble the user with. */
G_GNUC_PRINTF(2, 0)
static void
log_for_libfuse(enum fuse_log_level level, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);

    (void)level;
    log_detail("libfuse: %s", g_strchomp(text));
}

FuseServer *
fuse_server_new(Share *share)
{
    FuseServer *server = g_new0(FuseServer, 1);

    fuse_set_log_func(log_for_libfuse);
    server->share = share;
    server->operations.init = initialize;
    server->operations.destroy = destroy;
    operations_add_attributes(&server->operations);
    operations_add_directories(&server->operations);
    operations_add_files(&server->operations);
    operations_add_names(&server->operations);
    operations_add_xattrs(&server->operations);
    pthread_rwlock_init(&server->lock, NULL);
    return server;
}

static void
end_session_locked(FuseServer *server)
{
    if (server->session != NULL) {
        fuse_session_destroy(server->session);
        server->session = NULL;
    }
}

void
fuse_server_free(FuseServer *server)
{
    end_session_locked(server);
    pthread_rwlock_destroy(&server->lock);
    g_free(server);
}

/* libfuse sends its answers here, all of them from within fuse_session_process_buf(). Where there
 * is no room for one, ENOENT is the errno that libfuse prints no message about: guests should not
 * be able to fill logs. */
static ssize_t
write_answer(int fd, struct iovec *pieces, int n, void *user_data)
{
    FuseRequest *request = operations_current_request;

    (void)fd;
    fuse_patch(user_data, request, pieces, n);
    if (!fuse_request_answer(request, pieces, n)) {
        errno = ENOENT;
        return -1;
    }
    return request->written;
}

/* Requests are given to libfuse, it has not to read any. */
static ssize_t
read_nothing(int fd, void *buffer, size_t length, void *user_data)
{
    (void)fd;
    (void)buffer;
    (void)length;
    (void)user_data;
    errno = ENOTSUP;
    return -1;
}

/* libfuse wants a file descriptor to call its own. */
static bool
give_io(struct fuse_session *session)
{
    static const struct fuse_custom_io IO = { .writev = write_answer, .read = read_nothing };
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    return fd >= 0 && fuse_session_custom_io(session, &IO, fd) == 0;
}

static struct fuse_session *
new_session(FuseServer *server)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    struct fuse_session *session = NULL;

    if (fuse_opt_add_arg(&arguments, "daxfsd") == 0) {
        session = fuse_session_new(&arguments, &server->operations, sizeof(server->operations),
                                   server->share);
    }
    fuse_opt_free_args(&arguments);
    return session;
}

/* A guest that says FUSE_INIT knows nothing of what was before, even if it has not said goodbye: it
 * has been rebooted, perhaps. */
static bool
start_session_locked(FuseServer *server)
{
    end_session_locked(server);
    server->session = new_session(server);
    if (server->session == NULL || !give_io(server->session)) {
        log_warning("libfuse cannot start a session");
        end_session_locked(server);
        return false;
    }
    return true;
}

static void
process(FuseServer *server, FuseRequest *request)
{
    const struct fuse_buf buffer = { .mem = request->message, .size = request->message_length };

    operations_current_request = request;
    fuse_session_process_buf(server->session, &buffer);
    operations_current_request = NULL;
}

static void
process_alone(FuseServer *server, FuseRequest *request)
{
    pthread_rwlock_wrlock(&server->lock);
    if (request->header.opcode == FUSE_INIT ? start_session_locked(server)
                                            : server->session != NULL) {
        process(server, request);
    }
    if (request->header.opcode == FUSE_DESTROY) {
        end_session_locked(server);
    }
    pthread_rwlock_unlock(&server->lock);
}

static void
set_up_mapping(FuseServer *server, FuseRequest *request)
{
    g_autoptr(Inode) inode = inode_table_get(server->share->inodes, request->header.nodeid);
    int result = ENOENT;

    if (inode != NULL) {
        result = dax_set_up(server->share, inode, fuse_request_get_arguments(request));
    }
    fuse_request_answer_errno(request, result);
}

static void
remove_mappings(FuseServer *server, FuseRequest *request)
{
    const struct fuse_removemapping_in *wanted = fuse_request_get_arguments(request);

    fuse_request_answer_errno(request, dax_remove(server->share, wanted + 1, wanted->count));
}

static void
process_beside_others(FuseServer *server, FuseRequest *request)
{
    pthread_rwlock_rdlock(&server->lock);
    if (server->session != NULL) {
        switch (request->header.opcode) {
        case FUSE_SETUPMAPPING:
            set_up_mapping(server, request);
            break;
        case FUSE_REMOVEMAPPING:
            remove_mappings(server, request);
            break;
        default:
            process(server, request);
        }
    }
    pthread_rwlock_unlock(&server->lock);
}

static bool
wants_answer(const FuseRequest *request)
{
    return request->header.opcode != FUSE_FORGET && request->header.opcode != FUSE_BATCH_FORGET &&
           request->header.opcode != FUSE_INTERRUPT;
}

static void
answer(FuseServer *server, FuseRequest *request)
{
    int result = fuse_check(request);

    if (result != 0) {
        log_detail("request %" PRIu32 " of %" PRIu32 " bytes: %s", request->header.opcode,
                   request->header.len, g_strerror(result));
    } else if (request->header.opcode == FUSE_INIT || request->header.opcode == FUSE_DESTROY) {
        process_alone(server, request);
    } else {
        process_beside_others(server, request);
    }
    if (!request->is_answered && wants_answer(request)) {
        fuse_request_answer_errno(request, result != 0 ? result : EIO);
    }
}

uint32_t
fuse_server_handle(FuseServer *server, Chain *chain)
{
    g_auto(FuseRequest) request = { 0 };

    if (fuse_request_read(&request, chain)) {
        answer(server, &request);
    } else {
        log_detail("a chain of %zu bytes is no request", chain->readable.length);
    }
    return request.written;
}
