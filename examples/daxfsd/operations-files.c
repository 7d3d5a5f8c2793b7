/* SPDX-License-Identifier: BSD-3-Clause */
/* operations-files.c: operations on open files. */
#include "credentials.h"
#include "file-transfer.h"
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Of what the guest opens a file with, this is meant for the host. Appending is done by the guest,
 * which says where it writes; O_DIRECT is about the guest's cache. */
enum {
    OPEN_FLAGS = O_ACCMODE | O_TRUNC | O_SYNC | O_DSYNC
};

static bool
must_strip_set_id(uint32_t open_flags)
{
    return (open_flags & FUSE_OPEN_KILL_SUIDGID) != 0;
}

/* Opening strips set-id bits if it truncates. */
static int
open_inode(const Inode *inode, int flags, bool strips_set_id)
{
    int result = strips_set_id ? credentials_drop_fsetid() : 0;
    int fd = -1;

    if (result == 0) {
        fd = share_open_file(inode, flags & OPEN_FLAGS);
        result = errno;
    }
    if (strips_set_id) {
        credentials_restore();
    }
    errno = result;
    return fd;
}

static void
open_(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
    const struct fuse_open_in *arguments = fuse_request_get_arguments(operations_current_request);
    HandleTable *handles = operations_get_share(request)->handles;
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    int fd;

    if (inode == NULL) {
        return;
    }
    fd = open_inode(inode, file->flags, must_strip_set_id(arguments->open_flags));
    if (fd < 0) {
        fuse_reply_err(request, errno);
        return;
    }
    file->fh = handle_table_add_file(handles, fd);
    if (fuse_reply_open(request, file) != 0) {
        handle_table_close(handles, file->fh);
    }
}

/* Never O_CREAT without O_EXCL: that would open whatever is there already. The fd, or -1 and errno.
 */
static int
make_file(fuse_req_t request, const Inode *parent, const char *name, mode_t mode, int flags)
{
    const struct fuse_ctx *context = fuse_req_ctx(request);
    int result = credentials_assume(context->uid, context->gid);
    int fd = -1;

    if (result == 0) {
        fd = openat(parent->fd, name,
                    (flags & OPEN_FLAGS) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        result = errno;
        credentials_restore();
    }
    errno = result;
    return fd;
}

/* What is there already is as good as a new file, if it is a regular one. */
static int
open_existing(Share *share, const Inode *parent, const char *name, struct fuse_entry_param *entry,
              struct fuse_file_info *file)
{
    const struct fuse_create_in *arguments = fuse_request_get_arguments(operations_current_request);
    int result = operations_look_up(share, parent, name, entry);
    g_autoptr(Inode) inode = result == 0 ? inode_table_get(share->inodes, entry->ino) : NULL;
    int fd;

    if (inode == NULL) {
        return result != 0 ? result : ENOENT;
    }
    fd = open_inode(inode, file->flags, must_strip_set_id(arguments->open_flags));
    if (fd < 0) {
        result = errno;
        inode_table_forget(share->inodes, entry->ino, 1);
        return result;
    }
    file->fh = handle_table_add_file(share->handles, fd);
    return 0;
}

static int
make_and_open(fuse_req_t request, const Inode *parent, const char *name, mode_t mode,
              struct fuse_entry_param *entry, struct fuse_file_info *file)
{
    Share *share = operations_get_share(request);
    int result = share_check_name(name);
    int fd;

    if (result != 0) {
        return result;
    }
    fd = make_file(request, parent, name, mode, file->flags);
    if (fd < 0) {
        return errno == EEXIST && (file->flags & O_EXCL) == 0
                   ? open_existing(share, parent, name, entry, file)
                   : errno;
    }
    result = operations_look_up_open(share, fd, entry);
    if (result != 0) {
        close(fd);
        return result;
    }
    file->fh = handle_table_add_file(share->handles, fd);
    return 0;
}

static void
create_(fuse_req_t request, fuse_ino_t parent_id, const char *name, mode_t mode,
        struct fuse_file_info *file)
{
    Share *share = operations_get_share(request);
    g_autoptr(Inode) parent = operations_get_inode(request, parent_id);
    struct fuse_entry_param entry;
    int result;

    if (parent == NULL) {
        return;
    }
    result = make_and_open(request, parent, name, mode, &entry, file);
    if (result != 0) {
        fuse_reply_err(request, result);
    } else if (fuse_reply_create(request, &entry, file) != 0) {
        handle_table_close(share->handles, file->fh);
        inode_table_forget(share->inodes, entry.ino, 1);
    }
}

/* The open file of a request; NULL if it has been answered, because there is none. */
static Handle *
get_file(fuse_req_t request, uint64_t id)
{
    Handle *handle = handle_table_get_file(operations_get_share(request)->handles, id);

    if (handle == NULL) {
        fuse_reply_err(request, EBADF);
    }
    return handle;
}

/* The bytes go into the guest's buffer while libfuse knows nothing of it. So the answer is made
 * here, and libfuse told that there is none. */
static void
read_(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
    FuseRequest *current = operations_current_request;
    g_autoptr(Handle) handle = get_file(request, file->fh);
    FileTransfer transfer = {
        .file_offset = (uint64_t)offset,
        .buffer = &current->chain->writable,
        .start = sizeof(struct fuse_out_header),
        .length = fuse_request_get_room(current, size),
        .to_guest = true,
    };
    size_t done;
    int result;

    (void)id;
    if (handle == NULL) {
        return;
    }
    transfer.fd = handle->fd;
    result = file_transfer_run(operations_get_share(request)->backend, &transfer, &done);
    if (result != 0) {
        fuse_reply_err(request, result);
    } else {
        fuse_request_answer_data(current, done);
        fuse_reply_none(request);
    }
}

/* The bytes are still in the guest's buffer, behind what libfuse was given. */
static void
write_(fuse_req_t request, fuse_ino_t id, const char *bytes, size_t size, off_t offset,
       struct fuse_file_info *file)
{
    FuseRequest *current = operations_current_request;
    const struct fuse_write_in *arguments = fuse_request_get_arguments(current);
    g_autoptr(Handle) handle = get_file(request, file->fh);
    FileTransfer transfer = {
        .file_offset = (uint64_t)offset,
        .buffer = &current->chain->readable,
        .start = current->message_length,
        .length = size,
        .drop_fsetid = (arguments->write_flags & FUSE_WRITE_KILL_SUIDGID) != 0,
    };
    size_t done;
    int result;

    (void)id;
    (void)bytes;
    if (handle == NULL) {
        return;
    }
    transfer.fd = handle->fd;
    result = file_transfer_run(operations_get_share(request)->backend, &transfer, &done);
    if (result != 0 && done == 0) {
        fuse_reply_err(request, result);
    } else {
        fuse_reply_write(request, done);
    }
}

/* The guest has closed one of perhaps several descriptors. The host may have errors to tell then,
 * as NFS does. */
static void
flush_(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
    g_autoptr(Handle) handle = get_file(request, file->fh);

    (void)id;
    if (handle != NULL) {
        fuse_reply_err(request, close(dup(handle->fd)) == 0 ? 0 : errno);
    }
}

static void
fsync_(fuse_req_t request, fuse_ino_t id, int only_data, struct fuse_file_info *file)
{
    g_autoptr(Handle) handle = get_file(request, file->fh);

    (void)id;
    if (handle != NULL) {
        int result = only_data != 0 ? fdatasync(handle->fd) : fsync(handle->fd);

        fuse_reply_err(request, result == 0 ? 0 : errno);
    }
}

static void
release_(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
    (void)id;
    handle_table_close(operations_get_share(request)->handles, file->fh);
    fuse_reply_err(request, 0);
}

static void
fallocate_(fuse_req_t request, fuse_ino_t id, int mode, off_t offset, off_t length,
           struct fuse_file_info *file)
{
    g_autoptr(Handle) handle = get_file(request, file->fh);

    (void)id;
    if (handle != NULL) {
        fuse_reply_err(request, fallocate(handle->fd, mode, offset, length) == 0 ? 0 : errno);
    }
}

/* The position itself is the guest's own affair. */
static void
lseek_(fuse_req_t request, fuse_ino_t id, off_t offset, int whence, struct fuse_file_info *file)
{
    g_autoptr(Handle) handle = get_file(request, file->fh);
    off_t found;

    (void)id;
    if (handle == NULL) {
        return;
    }
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
        fuse_reply_err(request, EINVAL);
        return;
    }
    found = lseek(handle->fd, offset, whence);
    if (found < 0) {
        fuse_reply_err(request, errno);
    } else {
        fuse_reply_lseek(request, found);
    }
}

static void
copy_file_range_(fuse_req_t request, fuse_ino_t from_id, off_t from_offset,
                 struct fuse_file_info *from_file, fuse_ino_t to_id, off_t to_offset,
                 struct fuse_file_info *to_file, size_t length, int flags)
{
    g_autoptr(Handle) from = get_file(request, from_file->fh);
    g_autoptr(Handle) to = NULL;
    ssize_t copied;

    (void)from_id;
    (void)to_id;
    if (from == NULL) {
        return;
    }
    to = get_file(request, to_file->fh);
    if (to == NULL) {
        return;
    }
    copied = copy_file_range(from->fd, &from_offset, to->fd, &to_offset, length, (unsigned)flags);
    if (copied < 0) {
        fuse_reply_err(request, errno);
    } else {
        fuse_reply_write(request, (size_t)copied);
    }
}

void
operations_add_files(struct fuse_lowlevel_ops *operations)
{
    operations->open = open_;
    operations->create = create_;
    operations->read = read_;
    operations->write = write_;
    operations->flush = flush_;
    operations->fsync = fsync_;
    operations->release = release_;
    operations->fallocate = fallocate_;
    operations->lseek = lseek_;
    operations->copy_file_range = copy_file_range_;
}
