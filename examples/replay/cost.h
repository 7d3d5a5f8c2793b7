/* SPDX-License-Identifier: BSD-3-Clause */
/* cost.h: the memory that a window takes, in guest and host. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* All in bytes. */
typedef struct {
    uint64_t guest;       /* the guest kernel's page structures, for its whole life */
    uint64_t table;       /* the library's list of mappings, at most */
    uint64_t page_tables; /* the host's, if all that is mapped has been touched */
    uint64_t areas;       /* the host kernel's structures for areas, about */
} Cost;

/* For a window of @window_size bytes of which @bytes are mapped, in @mappings and @areas. */
Cost cost_of(uint64_t window_size, uint64_t bytes, size_t mappings, size_t areas);
