/* SPDX-License-Identifier: BSD-3-Clause */
/* memory-table.h: guest memory, as the front end has shared it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_TABLE_MAX_REGIONS = 8
};

/* A region as SET_MEM_TABLE describes it. */
typedef struct {
    uint64_t guest_address;
    uint64_t size;
    uint64_t user_address; /* where the front end has it */
    uint64_t mmap_offset;  /* where it starts in its file */
} MemoryRegion;

/*
 * Never changes once it is made: a new SET_MEM_TABLE makes a new one, and whoever still works with
 * the old one keeps it alive by a reference. Any thread.
 */
typedef struct MemoryTable MemoryTable;

/* Maps @n regions, each from the file of @fds that has the same index; the fds are borrowed. NULL
 * with an error. */
MemoryTable *memory_table_new(const MemoryRegion *regions, const int *fds, size_t n,
                              GError **error);

MemoryTable *memory_table_ref(MemoryTable *table);

void memory_table_unref(MemoryTable *table);

/* A DaxwinResolveFunc. If there is no memory at @guest_address, and NULL therefore returned,
 * @length is lowered to what lies before the next memory. */
void *memory_table_resolve(uint64_t guest_address, size_t *length, bool for_write, void *table);

/* Finds @length bytes in one piece by the front end's own address; NULL if there are none. */
void *memory_table_find_user(const MemoryTable *table, uint64_t user_address, uint64_t length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MemoryTable, memory_table_unref)
