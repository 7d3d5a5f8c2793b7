/* SPDX-License-Identifier: BSD-3-Clause */
/* operations-xattrs.c: operations on extended attributes. */
#include "operations.h"

#include <errno.h>
#include <linux/limits.h>
#include <sys/xattr.h>

static void
setxattr_(fuse_req_t request, fuse_ino_t id, const char *name, const char *value, size_t size,
          int flags)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);

    if (inode != NULL) {
        InodePath path = share_get_path(inode);

        fuse_reply_err(request, setxattr(path.text, name, value, size, flags) == 0 ? 0 : errno);
    }
}

static void
removexattr_(fuse_req_t request, fuse_ino_t id, const char *name)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);

    if (inode != NULL) {
        InodePath path = share_get_path(inode);

        fuse_reply_err(request, removexattr(path.text, name) == 0 ? 0 : errno);
    }
}

/* What the guest has room for, and may be asked for. */
static size_t
choose_size(size_t wanted, size_t longest)
{
    return fuse_request_get_room(operations_current_request, MIN(wanted, longest));
}

/* @length is what getxattr() or listxattr() has said. With @wanted 0 the guest asks how long the
 * answer would be; and so does the host take a @size of 0. */
static void
reply_with_value(fuse_req_t request, ssize_t length, const char *value, size_t size, size_t wanted)
{
    if (length < 0) {
        fuse_reply_err(request, errno);
    } else if (wanted == 0) {
        fuse_reply_xattr(request, (size_t)length);
    } else if ((size_t)length > size) {
        fuse_reply_err(request, ERANGE);
    } else {
        fuse_reply_buf(request, value, (size_t)length);
    }
}

static void
getxattr_(fuse_req_t request, fuse_ino_t id, const char *name, size_t wanted)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);

    if (inode != NULL) {
        size_t size = choose_size(wanted, XATTR_SIZE_MAX);
        g_autofree char *value = g_malloc(size);
        InodePath path = share_get_path(inode);

        reply_with_value(request, getxattr(path.text, name, value, size), value, size, wanted);
    }
}

static void
listxattr_(fuse_req_t request, fuse_ino_t id, size_t wanted)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);

    if (inode != NULL) {
        size_t size = choose_size(wanted, XATTR_LIST_MAX);
        g_autofree char *names = g_malloc(size);
        InodePath path = share_get_path(inode);

        reply_with_value(request, listxattr(path.text, names, size), names, size, wanted);
    }
}

void
operations_add_xattrs(struct fuse_lowlevel_ops *operations)
{
    operations->setxattr = setxattr_;
    operations->getxattr = getxattr_;
    operations->listxattr = listxattr_;
    operations->removexattr = removexattr_;
}
