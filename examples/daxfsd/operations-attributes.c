/* SPDX-License-Identifier: BSD-3-Clause */
/* operations-attributes.c: operations on what is known about a file. */
#include "credentials.h"
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void
reply_with_attributes(fuse_req_t request, const Inode *inode)
{
    struct stat status;

    if (fstat(inode->fd, &status) != 0) {
        fuse_reply_err(request, errno);
    } else {
        fuse_reply_attr(request, &status, OPERATIONS_TIMEOUT);
    }
}

static void
getattr(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);

    (void)file;
    if (inode != NULL) {
        reply_with_attributes(request, inode);
    }
}

static int
change_mode(const Inode *inode, mode_t mode)
{
    InodePath path = share_get_path(inode);

    return chmod(path.text, mode) == 0 ? 0 : errno;
}

static int
change_owner(const Inode *inode, const struct stat *wanted, int what)
{
    uid_t user = (what & FUSE_SET_ATTR_UID) != 0 ? wanted->st_uid : (uid_t)-1;
    gid_t group = (what & FUSE_SET_ATTR_GID) != 0 ? wanted->st_gid : (gid_t)-1;

    return fchownat(inode->fd, "", user, group, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0 ? 0
                                                                                          : errno;
}

/* libfuse does not tell of FATTR_KILL_SUIDGID. */
static bool
must_strip_set_id(void)
{
    const struct fuse_setattr_in *arguments =
        fuse_request_get_arguments(operations_current_request);

    return (arguments->valid & FATTR_KILL_SUIDGID) != 0;
}

static int
truncate_fd(int fd, off_t size)
{
    bool strips_set_id = must_strip_set_id();
    int result = strips_set_id ? credentials_drop_fsetid() : 0;

    if (result == 0) {
        result = ftruncate(fd, size) == 0 ? 0 : errno;
    }
    if (strips_set_id) {
        credentials_restore();
    }
    return result;
}

/* By way of an open file if the guest names one: that may be all it has the right to. */
static int
change_size(Share *share, const Inode *inode, const struct fuse_file_info *file, off_t size)
{
    int result;
    int fd;

    if (file != NULL) {
        g_autoptr(Handle) handle = handle_table_get_file(share->handles, file->fh);

        return handle != NULL ? truncate_fd(handle->fd, size) : EBADF;
    }
    fd = share_open_file(inode, O_WRONLY);
    if (fd < 0) {
        return errno;
    }
    result = truncate_fd(fd, size);
    close(fd);
    return result;
}

static struct timespec
choose_time(int what, int is_set, int is_now, struct timespec wanted)
{
    if ((what & is_now) != 0) {
        wanted.tv_nsec = UTIME_NOW;
    } else if ((what & is_set) == 0) {
        wanted.tv_nsec = UTIME_OMIT;
    }
    return wanted;
}

static int
change_times(const Inode *inode, const struct stat *wanted, int what)
{
    const struct timespec times[] = {
        choose_time(what, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW, wanted->st_atim),
        choose_time(what, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW, wanted->st_mtim),
    };

    return utimensat(inode->fd, "", times, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

/* Ownership before mode, for a change of owner strips set-id bits. */
static int
change(Share *share, const Inode *inode, const struct stat *wanted, int what,
       const struct fuse_file_info *file)
{
    int result = 0;

    if ((what & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) {
        result = change_owner(inode, wanted, what);
    }
    if (result == 0 && (what & FUSE_SET_ATTR_MODE) != 0) {
        result = change_mode(inode, wanted->st_mode);
    }
    if (result == 0 && (what & FUSE_SET_ATTR_SIZE) != 0) {
        result = change_size(share, inode, file, wanted->st_size);
    }
    if (result == 0 && (what & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) != 0) {
        result = change_times(inode, wanted, what);
    }
    return result;
}

static void
setattr(fuse_req_t request, fuse_ino_t id, struct stat *wanted, int what,
        struct fuse_file_info *file)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    int result;

    if (inode == NULL) {
        return;
    }
    result = change(operations_get_share(request), inode, wanted, what, file);
    if (result != 0) {
        fuse_reply_err(request, result);
    } else {
        reply_with_attributes(request, inode);
    }
}

static void
statfs_(fuse_req_t request, fuse_ino_t id)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    struct statvfs status;

    if (inode == NULL) {
        return;
    }
    if (fstatvfs(inode->fd, &status) != 0) {
        fuse_reply_err(request, errno);
    } else {
        fuse_reply_statfs(request, &status);
    }
}

void
operations_add_attributes(struct fuse_lowlevel_ops *operations)
{
    operations->getattr = getattr;
    operations->setattr = setattr;
    operations->statfs = statfs_;
}
