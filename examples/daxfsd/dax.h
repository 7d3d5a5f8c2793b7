/* SPDX-License-Identifier: BSD-3-Clause */
/* dax.h: the guest's requests to map files into its window. */
#pragma once

#include "share.h"

#include <linux/fuse.h>
#include <stddef.h>

/* Answers FUSE_SETUPMAPPING; 0 or an errno. */
int dax_set_up(Share *share, Inode *inode, const struct fuse_setupmapping_in *wanted);

/* Answers FUSE_REMOVEMAPPING with @n struct fuse_removemapping_one, which need not be aligned; 0 or
 * an errno. */
int dax_remove(Share *share, const void *ranges, size_t n);

/* Asks the front end to take away whatever is mapped. */
void dax_unmap_all(Share *share);
