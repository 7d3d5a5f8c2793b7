/* SPDX-License-Identifier: BSD-3-Clause */
/* guest-memory.c: the memory table that is valid now. */
#include "guest-memory.h"

#include <pthread.h>

struct GuestMemory {
    pthread_mutex_t lock;
    MemoryTable *table; /* under lock */
};

GuestMemory *
guest_memory_new(void)
{
    GuestMemory *memory = g_new0(GuestMemory, 1);

    pthread_mutex_init(&memory->lock, NULL);
    memory->table = memory_table_new(NULL, NULL, 0, NULL);
    return memory;
}

void
guest_memory_free(GuestMemory *memory)
{
    memory_table_unref(memory->table);
    pthread_mutex_destroy(&memory->lock);
    g_free(memory);
}

void
guest_memory_set(GuestMemory *memory, MemoryTable *table)
{
    MemoryTable *old;

    pthread_mutex_lock(&memory->lock);
    old = memory->table;
    memory->table = table;
    pthread_mutex_unlock(&memory->lock);
    memory_table_unref(old);
}

MemoryTable *
guest_memory_get(GuestMemory *memory)
{
    MemoryTable *table;

    pthread_mutex_lock(&memory->lock);
    table = memory_table_ref(memory->table);
    pthread_mutex_unlock(&memory->lock);
    return table;
}
