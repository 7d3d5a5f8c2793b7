/* SPDX-License-Identifier: BSD-3-Clause */
/* inode-table.h: the files and directories that the guest knows. */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
    INODE_ROOT = 1 /* FUSE_ROOT_ID */
};

/* A file of any type, held by a reference and by the lookups of the guest. */
typedef struct {
    int references; /* atomic */
    uint64_t id;    /* what the guest calls it; never used again for another */
    dev_t device;
    ino_t number;
    mode_t type;          /* S_IFMT part of the mode; cannot change */
    int fd;               /* O_PATH: it stands for the inode and opens nothing */
    uint64_t lookups;     /* under the table's lock */
    pthread_mutex_t lock; /* guards what is below */
    int map_fd;           /* what the guest's DAX mappings are made from, -1 for none */
    bool is_map_writable; /* how map_fd is opened */
} Inode;

/* Any thread. */
typedef struct InodeTable InodeTable;

/* With one inode, INODE_ROOT, which is the directory @root_fd and cannot be forgotten. Takes the
 * fd; NULL with an error. */
InodeTable *inode_table_new(int root_fd, GError **error);

void inode_table_free(InodeTable *table);

/* Finds what the guest calls @id; NULL if it has forgotten that, or made it up. */
Inode *inode_table_get(InodeTable *table, uint64_t id);

/* Adds a lookup to the inode behind an O_PATH fd of which @status tells. Takes the fd. */
Inode *inode_table_look_up(InodeTable *table, int fd, const struct stat *status);

/* Takes lookups away; the last one ends the inode, once nobody refers to it any more. */
void inode_table_forget(InodeTable *table, uint64_t id, uint64_t lookups);

/* Takes all lookups away, but for the root's. */
void inode_table_forget_all(InodeTable *table);

void inode_unref(Inode *inode);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inode, inode_unref)
