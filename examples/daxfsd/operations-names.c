/* SPDX-License-Identifier: BSD-3-Clause */
/* operations-names.c: operations that find, make, move and remove names. */
#include "credentials.h"
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Answers with what is found under a name, which counts as a lookup of the guest's. */
static void
reply_with_entry(fuse_req_t request, const Inode *parent, const char *name)
{
    Share *share = operations_get_share(request);
    struct fuse_entry_param entry;
    int result = operations_look_up(share, parent, name, &entry);

    if (result != 0) {
        fuse_reply_err(request, result);
    } else if (fuse_reply_entry(request, &entry) != 0) {
        inode_table_forget(share->inodes, entry.ino, 1);
    }
}

static void
look_up(fuse_req_t request, fuse_ino_t parent_id, const char *name)
{
    g_autoptr(Inode) parent = operations_get_inode(request, parent_id);

    if (parent != NULL) {
        reply_with_entry(request, parent, name);
    }
}

static void
forget(fuse_req_t request, fuse_ino_t id, uint64_t lookups)
{
    inode_table_forget(operations_get_share(request)->inodes, id, lookups);
    fuse_reply_none(request);
}

static void
forget_several(fuse_req_t request, size_t n, struct fuse_forget_data *forgotten)
{
    InodeTable *inodes = operations_get_share(request)->inodes;

    for (size_t i = 0; i < n; i++) {
        inode_table_forget(inodes, forgotten[i].ino, forgotten[i].nlookup);
    }
    fuse_reply_none(request);
}

/* Answers after something was to be made: @result is what came of that, 0 or an errno. */
static void
reply_with_new(fuse_req_t request, const Inode *parent, const char *name, int result)
{
    if (result != 0) {
        fuse_reply_err(request, result);
    } else {
        reply_with_entry(request, parent, name);
    }
}

/* What the arguments of the functions below have in common. */
typedef struct {
    const char *name;
    mode_t mode;
    dev_t device;
    const char *target; /* of a symbolic link */
} NewName;

typedef int MakeFunc(int parent_fd, const NewName *wanted);

static void
make(fuse_req_t request, fuse_ino_t parent_id, MakeFunc *func, const NewName *wanted)
{
    const struct fuse_ctx *context = fuse_req_ctx(request);
    g_autoptr(Inode) parent = operations_get_inode(request, parent_id);
    int result;

    if (parent == NULL) {
        return;
    }
    result = share_check_name(wanted->name);
    if (result == 0) {
        result = credentials_assume(context->uid, context->gid);
    }
    if (result == 0) {
        result = func(parent->fd, wanted) == 0 ? 0 : errno;
        credentials_restore();
    }
    reply_with_new(request, parent, wanted->name, result);
}

static int
make_node(int parent_fd, const NewName *wanted)
{
    return mknodat(parent_fd, wanted->name, wanted->mode, wanted->device);
}

/* Pipes, sockets and whiteouts (a device 0:0, for overlays) do no harm here, where nothing but
 * regular files is ever opened. A guest that could make other devices would leave doors to the
 * host's for others who use the directory. */
static void
mknod_(fuse_req_t request, fuse_ino_t parent_id, const char *name, mode_t mode, dev_t device)
{
    NewName wanted = { .name = name, .mode = mode, .device = device };

    if (S_ISBLK(mode) || (S_ISCHR(mode) && device != 0)) {
        fuse_reply_err(request, EPERM);
        return;
    }
    make(request, parent_id, make_node, &wanted);
}

static int
make_directory(int parent_fd, const NewName *wanted)
{
    return mkdirat(parent_fd, wanted->name, wanted->mode);
}

static void
mkdir_(fuse_req_t request, fuse_ino_t parent_id, const char *name, mode_t mode)
{
    NewName wanted = { .name = name, .mode = mode };

    make(request, parent_id, make_directory, &wanted);
}

static int
make_symbolic_link(int parent_fd, const NewName *wanted)
{
    return symlinkat(wanted->target, parent_fd, wanted->name);
}

static void
symlink_(fuse_req_t request, const char *target, fuse_ino_t parent_id, const char *name)
{
    NewName wanted = { .name = name, .target = target };

    make(request, parent_id, make_symbolic_link, &wanted);
}

/* The path of the inode, if followed, leads to itself, even where it is a symbolic link. */
static void
link_(fuse_req_t request, fuse_ino_t id, fuse_ino_t parent_id, const char *name)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    g_autoptr(Inode) parent = NULL;
    int result;

    if (inode == NULL) {
        return;
    }
    parent = operations_get_inode(request, parent_id);
    if (parent == NULL) {
        return;
    }
    result = share_check_name(name);
    if (result == 0) {
        InodePath path = share_get_path(inode);

        result = linkat(AT_FDCWD, path.text, parent->fd, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    }
    reply_with_new(request, parent, name, result);
}

static void
remove_name(fuse_req_t request, fuse_ino_t parent_id, const char *name, int flags)
{
    g_autoptr(Inode) parent = operations_get_inode(request, parent_id);
    int result;

    if (parent == NULL) {
        return;
    }
    result = share_check_name(name);
    if (result == 0) {
        result = unlinkat(parent->fd, name, flags) == 0 ? 0 : errno;
    }
    fuse_reply_err(request, result);
}

static void
unlink_(fuse_req_t request, fuse_ino_t parent_id, const char *name)
{
    remove_name(request, parent_id, name, 0);
}

static void
rmdir_(fuse_req_t request, fuse_ino_t parent_id, const char *name)
{
    remove_name(request, parent_id, name, AT_REMOVEDIR);
}

static void
rename_(fuse_req_t request, fuse_ino_t parent_id, const char *name, fuse_ino_t new_parent_id,
        const char *new_name, unsigned flags)
{
    g_autoptr(Inode) parent = operations_get_inode(request, parent_id);
    g_autoptr(Inode) new_parent = NULL;
    int result;

    if (parent == NULL) {
        return;
    }
    new_parent = operations_get_inode(request, new_parent_id);
    if (new_parent == NULL) {
        return;
    }
    result = share_check_name(name);
    if (result == 0) {
        result = share_check_name(new_name);
    }
    if (result == 0) {
        result = renameat2(parent->fd, name, new_parent->fd, new_name, flags) == 0 ? 0 : errno;
    }
    fuse_reply_err(request, result);
}

static void
readlink_(fuse_req_t request, fuse_ino_t id)
{
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    char target[PATH_MAX + 1];
    ssize_t length;

    if (inode == NULL) {
        return;
    }
    length = readlinkat(inode->fd, "", target, PATH_MAX);
    if (length < 0) {
        fuse_reply_err(request, errno);
        return;
    }
    target[length] = '\0';
    fuse_reply_readlink(request, target);
}

void
operations_add_names(struct fuse_lowlevel_ops *operations)
{
    operations->lookup = look_up;
    operations->forget = forget;
    operations->forget_multi = forget_several;
    operations->mknod = mknod_;
    operations->mkdir = mkdir_;
    operations->symlink = symlink_;
    operations->link = link_;
    operations->unlink = unlink_;
    operations->rmdir = rmdir_;
    operations->rename = rename_;
    operations->readlink = readlink_;
}
