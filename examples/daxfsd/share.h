/* SPDX-License-Identifier: BSD-3-Clause */
/* share.h: a directory that a guest shares, and what it uses of it. */
#pragma once

#include "backend-channel.h"
#include "handle-table.h"
#include "inode-table.h"

#include <stdatomic.h>

typedef struct {
    InodeTable *inodes;
    HandleTable *handles;
    BackendChannel *backend; /* borrowed */
    atomic_bool has_mapped;  /* something may be in the window of the guest */
    bool marks_inodes; /* FUSE_HAS_INODE_DAX: attributes tell which files to use DAX for; fixed from
                        * FUSE_INIT on */
} Share;

/* Opens a directory to be shared; -1 with an error. */
int share_open_directory(const char *path, GError **error);

/* Shares a directory that has been opened; the fd is borrowed. NULL with an error. */
Share *share_new(int directory_fd, BackendChannel *backend, GError **error);

void share_free(Share *share);

/* The guest has unmounted, or is another one: forgets and closes everything. */
void share_reset(Share *share);

/* Looks up a name in a directory; NULL and an errno in @result. Neither goes through a symbolic
 * link, nor to a parent. */
Inode *share_look_up(Share *share, const Inode *parent, const char *name, struct stat *status,
                     int *result);

/* The same for an open file, whatever its name is by now. */
Inode *share_look_up_open(Share *share, int file_fd, struct stat *status, int *result);

/* Whether a name is one that a directory can hold; 0 or an errno. */
int share_check_name(const char *name);

/* Opens a regular file, and nothing else; the fd, or -1 and errno. */
int share_open_file(const Inode *inode, int flags);

/* The path under which the kernel finds an inode itself, whatever its names. */
typedef struct {
    char text[32];
} InodePath;

InodePath share_get_path(const Inode *inode);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Share, share_free)
