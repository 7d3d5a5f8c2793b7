/* SPDX-License-Identifier: BSD-3-Clause */
/* inode-table.c: the files and directories that the guest knows. */
#include "inode-table.h"

#include "failure.h"

#include <unistd.h>

struct InodeTable {
    pthread_mutex_t lock; /* guards what is below */
    uint64_t next_id;
    GHashTable *by_id;     /* Inode.id to Inode, which it refers to */
    GHashTable *by_number; /* a set of the same inodes, by device and number */
};

static guint
hash_number(const void *key)
{
    const Inode *inode = key;

    return (guint)(inode->number ^ (inode->number >> 32) ^ (inode->device * 31));
}

static gboolean
has_same_number(const void *one, const void *other)
{
    const Inode *a = one;
    const Inode *b = other;

    return a->number == b->number && a->device == b->device;
}

void
inode_unref(Inode *inode)
{
    if (!g_atomic_int_dec_and_test(&inode->references)) {
        return;
    }
    close(inode->fd);
    if (inode->map_fd >= 0) {
        close(inode->map_fd);
    }
    pthread_mutex_destroy(&inode->lock);
    g_free(inode);
}

static void
unref_value(void *data)
{
    inode_unref(data);
}

static Inode *
add_locked(InodeTable *table, int fd, const struct stat *status)
{
    Inode *inode = g_new0(Inode, 1);

    inode->references = 1;
    inode->id = table->next_id++;
    inode->device = status->st_dev;
    inode->number = status->st_ino;
    inode->type = status->st_mode & S_IFMT;
    inode->fd = fd;
    inode->lookups = 1;
    inode->map_fd = -1;
    pthread_mutex_init(&inode->lock, NULL);
    g_hash_table_insert(table->by_id, &inode->id, inode);
    g_hash_table_add(table->by_number, inode);
    return inode;
}

InodeTable *
inode_table_new(int root_fd, GError **error)
{
    struct stat status;
    InodeTable *table;

    if (fstat(root_fd, &status) != 0) {
        failure_set_from_errno(error, "shared directory");
        close(root_fd);
        return NULL;
    }
    table = g_new0(InodeTable, 1);
    pthread_mutex_init(&table->lock, NULL);
    table->next_id = INODE_ROOT;
    table->by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, unref_value);
    table->by_number = g_hash_table_new(hash_number, has_same_number);
    add_locked(table, root_fd, &status);
    return table;
}

void
inode_table_free(InodeTable *table)
{
    g_hash_table_unref(table->by_number);
    g_hash_table_unref(table->by_id);
    pthread_mutex_destroy(&table->lock);
    g_free(table);
}

Inode *
inode_table_get(InodeTable *table, uint64_t id)
{
    Inode *inode;

    pthread_mutex_lock(&table->lock);
    inode = g_hash_table_lookup(table->by_id, &id);
    if (inode != NULL) {
        g_atomic_int_inc(&inode->references);
    }
    pthread_mutex_unlock(&table->lock);
    return inode;
}

/* As long as an inode is listed, its fd keeps the number from being given to another file. */
Inode *
inode_table_look_up(InodeTable *table, int fd, const struct stat *status)
{
    const Inode key = { .device = status->st_dev, .number = status->st_ino };
    Inode *inode;

    pthread_mutex_lock(&table->lock);
    inode = g_hash_table_lookup(table->by_number, &key);
    if (inode != NULL) {
        inode->lookups++;
        close(fd);
    } else {
        inode = add_locked(table, fd, status);
    }
    g_atomic_int_inc(&inode->references);
    pthread_mutex_unlock(&table->lock);
    return inode;
}

/* The inode, if those were its last lookups, along with the table's reference. */
static Inode *
forget_locked(InodeTable *table, uint64_t id, uint64_t lookups)
{
    Inode *inode = id != INODE_ROOT ? g_hash_table_lookup(table->by_id, &id) : NULL;

    if (inode == NULL) {
        return NULL;
    }
    inode->lookups -= MIN(lookups, inode->lookups);
    if (inode->lookups > 0) {
        return NULL;
    }
    g_hash_table_remove(table->by_number, inode);
    g_hash_table_steal(table->by_id, &id);
    return inode;
}

void
inode_table_forget(InodeTable *table, uint64_t id, uint64_t lookups)
{
    Inode *forgotten;

    pthread_mutex_lock(&table->lock);
    forgotten = forget_locked(table, id, lookups);
    pthread_mutex_unlock(&table->lock);
    if (forgotten != NULL) { /* to close it may take long */
        inode_unref(forgotten);
    }
}

static gboolean
is_not_root(void *key, void *value, void *table)
{
    const Inode *inode = value;

    (void)key;
    if (inode->id == INODE_ROOT) {
        return FALSE;
    }
    g_hash_table_remove(((InodeTable *)table)->by_number, inode);
    return TRUE;
}

void
inode_table_forget_all(InodeTable *table)
{
    pthread_mutex_lock(&table->lock);
    g_hash_table_foreach_remove(table->by_id, is_not_root, table);
    pthread_mutex_unlock(&table->lock);
}
