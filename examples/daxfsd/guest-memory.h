/* SPDX-License-Identifier: BSD-3-Clause */
/* guest-memory.h: the memory table that is valid now. */
#pragma once

#include "memory-table.h"

/* Any thread. */
typedef struct GuestMemory GuestMemory;

/* With an empty table. */
GuestMemory *guest_memory_new(void);

void guest_memory_free(GuestMemory *memory);

/* Takes the reference to another table. Those who still use the old one keep it. */
void guest_memory_set(GuestMemory *memory, MemoryTable *table);

/* A reference to the table. */
MemoryTable *guest_memory_get(GuestMemory *memory);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestMemory, guest_memory_free)
