/* SPDX-License-Identifier: BSD-3-Clause */
/* cost.c: the memory that a window takes, in guest and host. */
#include "cost.h"

#include <daxwin/daxwin.h>

enum {
    GUEST_PAGE = 4096,
    PAGE_STRUCTURE = 64,  /* struct page of a 64-bit Linux guest */
    TABLE_ENTRY = 96,     /* of the library, at most, on average */
    PAGE_TABLE_ENTRY = 8, /* for a page of the host */
    AREA = 256            /* vm_area_struct with its share of the tree */
};

Cost
cost_of(uint64_t window_size, uint64_t bytes, size_t mappings, size_t areas)
{
    return (Cost){ .guest = window_size / GUEST_PAGE * PAGE_STRUCTURE,
                   .table = mappings * (uint64_t)TABLE_ENTRY,
                   .page_tables = bytes / daxwin_host_page_size() * PAGE_TABLE_ENTRY,
                   .areas = areas * (uint64_t)AREA };
}
