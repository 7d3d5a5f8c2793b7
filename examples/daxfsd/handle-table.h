/* SPDX-License-Identifier: BSD-3-Clause */
/* handle-table.h: the files and directories that the guest has open. */
#pragma once

#include <dirent.h>
#include <glib.h>
#include <pthread.h>
#include <stdint.h>

/* Either a file or a directory, held by a reference and by being open. */
typedef struct {
    int references;       /* atomic */
    uint64_t id;          /* what the guest calls it; never used again for another */
    int fd;               /* of a regular file, otherwise -1 */
    DIR *stream;          /* of a directory, otherwise NULL; under lock */
    pthread_mutex_t lock; /* guards the stream's position */
} Handle;

/* Any thread. */
typedef struct HandleTable HandleTable;

HandleTable *handle_table_new(void);

void handle_table_free(HandleTable *table);

/* Add what is open, which they take, and return its id. */
uint64_t handle_table_add_file(HandleTable *table, int fd);
uint64_t handle_table_add_directory(HandleTable *table, DIR *stream);

/* Find a file, or a directory; NULL if @id is not an open one. */
Handle *handle_table_get_file(HandleTable *table, uint64_t id);
Handle *handle_table_get_directory(HandleTable *table, uint64_t id);

/* Closes it, once nobody refers to it any more. */
void handle_table_close(HandleTable *table, uint64_t id);

void handle_table_close_all(HandleTable *table);

void handle_unref(Handle *handle);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Handle, handle_unref)
