/* SPDX-License-Identifier: BSD-3-Clause */
/* operations.c: what the operations of a share have in common. */
#include "operations.h"

#include <errno.h>

_Thread_local FuseRequest *operations_current_request;

Share *
operations_get_share(fuse_req_t request)
{
    return fuse_req_userdata(request);
}

Inode *
operations_get_inode(fuse_req_t request, fuse_ino_t id)
{
    Inode *inode = inode_table_get(operations_get_share(request)->inodes, id);

    if (inode == NULL) {
        fuse_reply_err(request, ENOENT);
    }
    return inode;
}

/* What the guest is told of @inode, if there is one. */
static int
fill_entry(const Inode *inode, const struct stat *status, int result,
           struct fuse_entry_param *entry)
{
    if (inode != NULL) {
        *entry = (struct fuse_entry_param){
            .ino = inode->id,
            .attr = *status,
            .attr_timeout = OPERATIONS_TIMEOUT,
            .entry_timeout = OPERATIONS_TIMEOUT,
        };
    }
    return result;
}

int
operations_look_up(Share *share, const Inode *parent, const char *name,
                   struct fuse_entry_param *entry)
{
    struct stat status;
    int result;
    g_autoptr(Inode) inode = share_look_up(share, parent, name, &status, &result);

    return fill_entry(inode, &status, result, entry);
}

int
operations_look_up_open(Share *share, int fd, struct fuse_entry_param *entry)
{
    struct stat status;
    int result;
    g_autoptr(Inode) inode = share_look_up_open(share, fd, &status, &result);

    return fill_entry(inode, &status, result, entry);
}
