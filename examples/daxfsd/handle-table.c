/* SPDX-License-Identifier: BSD-3-Clause */
/* handle-table.c: the files and directories that the guest has open. */
#include "handle-table.h"

#include <stdbool.h>
#include <unistd.h>

struct HandleTable {
    pthread_mutex_t lock; /* guards what is below */
    uint64_t next_id;
    GHashTable *by_id; /* Handle.id to Handle, which it refers to */
};

void
handle_unref(Handle *handle)
{
    if (!g_atomic_int_dec_and_test(&handle->references)) {
        return;
    }
    if (handle->stream != NULL) {
        closedir(handle->stream);
    } else {
        close(handle->fd);
    }
    pthread_mutex_destroy(&handle->lock);
    g_free(handle);
}

static void
unref_value(void *data)
{
    handle_unref(data);
}

HandleTable *
handle_table_new(void)
{
    HandleTable *table = g_new0(HandleTable, 1);

    pthread_mutex_init(&table->lock, NULL);
    table->next_id = 1;
    table->by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, unref_value);
    return table;
}

void
handle_table_free(HandleTable *table)
{
    g_hash_table_unref(table->by_id);
    pthread_mutex_destroy(&table->lock);
    g_free(table);
}

static uint64_t
add(HandleTable *table, int fd, DIR *stream)
{
    Handle *handle = g_new0(Handle, 1);
    uint64_t id;

    handle->references = 1;
    handle->fd = fd;
    handle->stream = stream;
    pthread_mutex_init(&handle->lock, NULL);
    pthread_mutex_lock(&table->lock);
    id = table->next_id++;
    handle->id = id;
    g_hash_table_insert(table->by_id, &handle->id, handle);
    pthread_mutex_unlock(&table->lock);
    return id;
}

uint64_t
handle_table_add_file(HandleTable *table, int fd)
{
    return add(table, fd, NULL);
}

uint64_t
handle_table_add_directory(HandleTable *table, DIR *stream)
{
    return add(table, -1, stream);
}

static Handle *
get(HandleTable *table, uint64_t id, bool is_directory)
{
    Handle *handle;

    pthread_mutex_lock(&table->lock);
    handle = g_hash_table_lookup(table->by_id, &id);
    if (handle != NULL && (handle->stream != NULL) == is_directory) {
        g_atomic_int_inc(&handle->references);
    } else {
        handle = NULL;
    }
    pthread_mutex_unlock(&table->lock);
    return handle;
}

Handle *
handle_table_get_file(HandleTable *table, uint64_t id)
{
    return get(table, id, false);
}

Handle *
handle_table_get_directory(HandleTable *table, uint64_t id)
{
    return get(table, id, true);
}

void
handle_table_close(HandleTable *table, uint64_t id)
{
    void *handle = NULL;

    pthread_mutex_lock(&table->lock);
    g_hash_table_steal_extended(table->by_id, &id, NULL, &handle);
    pthread_mutex_unlock(&table->lock);
    if (handle != NULL) { /* to close it may take long */
        handle_unref(handle);
    }
}

void
handle_table_close_all(HandleTable *table)
{
    pthread_mutex_lock(&table->lock);
    g_hash_table_remove_all(table->by_id);
    pthread_mutex_unlock(&table->lock);
}
