/* SPDX-License-Identifier: BSD-3-Clause */
/* operations.h: the FUSE operations of a share, as libfuse calls them. */
#pragma once

#include "fuse-request.h"
#include "share.h"

#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 12)
#include <fuse_lowlevel.h>

/* The request that this thread has given to libfuse. Its data and those of its fields that libfuse
 * does not know are found here. */
extern _Thread_local FuseRequest *operations_current_request;

/* What fuse_req_userdata() is. */
Share *operations_get_share(fuse_req_t request);

/* Finds an inode; NULL if there is none: then the request has been answered, and is no more. */
Inode *operations_get_inode(fuse_req_t request, fuse_ino_t id);

/* Looks up a name, which counts as a lookup of the guest's; 0 or an errno. */
int operations_look_up(Share *share, const Inode *parent, const char *name,
                       struct fuse_entry_param *entry);

/* The same for an open file. */
int operations_look_up_open(Share *share, int fd, struct fuse_entry_param *entry);

/* The attributes and names of inodes may change on the host; the guest asks again after so many
 * seconds. */
#define OPERATIONS_TIMEOUT 1.0

/* One for each file of this name. */
void operations_add_attributes(struct fuse_lowlevel_ops *operations);
void operations_add_directories(struct fuse_lowlevel_ops *operations);
void operations_add_files(struct fuse_lowlevel_ops *operations);
void operations_add_names(struct fuse_lowlevel_ops *operations);
void operations_add_xattrs(struct fuse_lowlevel_ops *operations);
