/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-check.c: whether a FUSE request is as long as it has to be. */
#include "fuse-check.h"

#include <errno.h>
#include <string.h>

/* What the arguments of an operation consist of: a structure, and names behind it. */
typedef struct {
    uint32_t opcode;
    size_t fixed_length;
    size_t names;
} Layout;

enum {
    OLDEST_MINOR = 31, /* the first with virtio-fs; libfuse takes older requests to be shorter */
    INIT_LENGTH = 16   /* what all versions of FUSE_INIT have */
};

static const Layout LAYOUTS[] = {
    { FUSE_LOOKUP, 0, 1 },
    { FUSE_FORGET, sizeof(struct fuse_forget_in), 0 },
    { FUSE_GETATTR, sizeof(struct fuse_getattr_in), 0 },
    { FUSE_SETATTR, sizeof(struct fuse_setattr_in), 0 },
    { FUSE_READLINK, 0, 0 },
    { FUSE_SYMLINK, 0, 2 },
    { FUSE_MKNOD, sizeof(struct fuse_mknod_in), 1 },
    { FUSE_MKDIR, sizeof(struct fuse_mkdir_in), 1 },
    { FUSE_UNLINK, 0, 1 },
    { FUSE_RMDIR, 0, 1 },
    { FUSE_RENAME, sizeof(struct fuse_rename_in), 2 },
    { FUSE_LINK, sizeof(struct fuse_link_in), 1 },
    { FUSE_OPEN, sizeof(struct fuse_open_in), 0 },
    { FUSE_READ, sizeof(struct fuse_read_in), 0 },
    { FUSE_WRITE, sizeof(struct fuse_write_in), 0 },
    { FUSE_STATFS, 0, 0 },
    { FUSE_RELEASE, sizeof(struct fuse_release_in), 0 },
    { FUSE_FSYNC, sizeof(struct fuse_fsync_in), 0 },
    { FUSE_SETXATTR, FUSE_COMPAT_SETXATTR_IN_SIZE, 1 },
    { FUSE_GETXATTR, sizeof(struct fuse_getxattr_in), 1 },
    { FUSE_LISTXATTR, sizeof(struct fuse_getxattr_in), 0 },
    { FUSE_REMOVEXATTR, 0, 1 },
    { FUSE_FLUSH, sizeof(struct fuse_flush_in), 0 },
    { FUSE_INIT, INIT_LENGTH, 0 },
    { FUSE_OPENDIR, sizeof(struct fuse_open_in), 0 },
    { FUSE_READDIR, sizeof(struct fuse_read_in), 0 },
    { FUSE_RELEASEDIR, sizeof(struct fuse_release_in), 0 },
    { FUSE_FSYNCDIR, sizeof(struct fuse_fsync_in), 0 },
    { FUSE_CREATE, sizeof(struct fuse_create_in), 1 },
    { FUSE_DESTROY, 0, 0 },
    { FUSE_BATCH_FORGET, sizeof(struct fuse_batch_forget_in), 0 },
    { FUSE_FALLOCATE, sizeof(struct fuse_fallocate_in), 0 },
    { FUSE_READDIRPLUS, sizeof(struct fuse_read_in), 0 },
    { FUSE_RENAME2, sizeof(struct fuse_rename2_in), 2 },
    { FUSE_LSEEK, sizeof(struct fuse_lseek_in), 0 },
    { FUSE_COPY_FILE_RANGE, sizeof(struct fuse_copy_file_range_in), 0 },
    { FUSE_SETUPMAPPING, sizeof(struct fuse_setupmapping_in), 0 },
    { FUSE_REMOVEMAPPING, sizeof(struct fuse_removemapping_in), 0 },
};

static const Layout *
find_layout(uint32_t opcode)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LAYOUTS); i++) {
        if (LAYOUTS[i].opcode == opcode) {
            return &LAYOUTS[i];
        }
    }
    return NULL;
}

/* How long structure and names are together; 0 if that is more than there is. */
static bool
measure(const FuseRequest *request, const Layout *layout, size_t *length)
{
    const uint8_t *end = request->message + request->message_length;
    const uint8_t *next = (const uint8_t *)fuse_request_get_arguments(request);

    if (layout->fixed_length > (size_t)(end - next)) {
        return false;
    }
    *length = layout->fixed_length;
    next += layout->fixed_length;
    for (size_t i = 0; i < layout->names; i++) {
        const uint8_t *terminator = memchr(next, '\0', (size_t)(end - next));

        if (terminator == NULL) {
            return false;
        }
        *length += (size_t)(terminator + 1 - next);
        next = terminator + 1;
    }
    return true;
}

/* How much the arguments say that there is behind them. */
static uint64_t
get_announced_length(const FuseRequest *request)
{
    const void *arguments = fuse_request_get_arguments(request);

    switch (request->header.opcode) {
    case FUSE_WRITE:
        return ((const struct fuse_write_in *)arguments)->size;
    case FUSE_SETXATTR:
        return ((const struct fuse_setxattr_in *)arguments)->size;
    case FUSE_BATCH_FORGET:
        return ((const struct fuse_batch_forget_in *)arguments)->count *
               (uint64_t)sizeof(struct fuse_forget_one);
    case FUSE_REMOVEMAPPING:
        return ((const struct fuse_removemapping_in *)arguments)->count *
               (uint64_t)sizeof(struct fuse_removemapping_one);
    default:
        return 0;
    }
}

static bool
is_too_old(const FuseRequest *request)
{
    const struct fuse_init_in *init = fuse_request_get_arguments(request);

    return request->header.opcode == FUSE_INIT &&
           (init->major < FUSE_KERNEL_VERSION ||
            (init->major == FUSE_KERNEL_VERSION && init->minor < OLDEST_MINOR));
}

int
fuse_check(const FuseRequest *request)
{
    const Layout *layout = find_layout(request->header.opcode);
    size_t total = request->message_length - sizeof(request->header) + request->data_length;
    size_t length;

    if (layout == NULL) {
        return ENOSYS;
    }
    if (!measure(request, layout, &length) || get_announced_length(request) > total - length) {
        return EINVAL;
    }
    return is_too_old(request) ? EPROTO : 0;
}
