/* SPDX-License-Identifier: BSD-3-Clause */
/* memory-table.c: guest memory, as the front end has shared it. */
#include "memory-table.h"

#include "failure.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef struct {
    MemoryRegion region;
    void *mapping; /* NULL until it is mapped */
    size_t mapping_size;
    uint8_t *start; /* of the region in the mapping */
} Mapped;

struct MemoryTable {
    int references; /* atomic */
    size_t n;
    Mapped mapped[MEMORY_TABLE_MAX_REGIONS];
};

/* No sum of a region's numbers may wrap, nor leave what mmap() can take. */
static bool
check_region(const MemoryRegion *region, GError **error)
{
    uint64_t end;

    if (region->size != 0 && !__builtin_add_overflow(region->guest_address, region->size, &end) &&
        !__builtin_add_overflow(region->user_address, region->size, &end) &&
        !__builtin_add_overflow(region->mmap_offset, region->size, &end) && end <= INT64_MAX &&
        end <= SIZE_MAX / 2) {
        return true;
    }
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                "memory region of 0x%" PRIx64 " bytes at guest address 0x%" PRIx64
                ", user address 0x%" PRIx64 " and file offset 0x%" PRIx64 " is empty or wraps",
                region->size, region->guest_address, region->user_address, region->mmap_offset);
    return false;
}

static bool
overlaps(const MemoryRegion *one, const MemoryRegion *other)
{
    return one->guest_address < other->guest_address + other->size &&
           other->guest_address < one->guest_address + one->size;
}

static bool
check_overlaps(const MemoryRegion *regions, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (overlaps(&regions[i], &regions[j])) {
                g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                            "memory regions at guest addresses 0x%" PRIx64 " and 0x%" PRIx64
                            " overlap",
                            regions[j].guest_address, regions[i].guest_address);
                return false;
            }
        }
    }
    return true;
}

/* A file that is too short would be a SIGBUS later. */
static bool
check_file(const MemoryRegion *region, int fd, struct stat *status, GError **error)
{
    uint64_t end = region->mmap_offset + region->size;

    if (fstat(fd, status) != 0) {
        failure_set_from_errno(error, "file of memory region at guest address 0x%" PRIx64,
                               region->guest_address);
        return false;
    }
    if (!S_ISREG(status->st_mode) || (uint64_t)status->st_size < end) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER,
                    "memory region at guest address 0x%" PRIx64 " needs a file of 0x%" PRIx64
                    " bytes, and has %s of 0x%" PRIx64,
                    region->guest_address, end, S_ISREG(status->st_mode) ? "one" : "something",
                    (uint64_t)status->st_size);
        return false;
    }
    return true;
}

/* Mapped from the start of the file, and in whole blocks, because hugetlbfs knows nothing else. */
static bool
map_region(Mapped *mapped, int fd, GError **error)
{
    const MemoryRegion *region = &mapped->region;
    struct stat status;
    uint64_t block;
    void *mapping;

    if (!check_file(region, fd, &status, error)) {
        return false;
    }
    block = (uint64_t)MAX(status.st_blksize, 1);
    mapped->mapping_size =
        (size_t)((region->mmap_offset + region->size + block - 1) / block * block);
    mapping =
        mmap(NULL, mapped->mapping_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (mapping == MAP_FAILED) {
        failure_set_from_errno(error, "memory region at guest address 0x%" PRIx64,
                               region->guest_address);
        return false;
    }
    mapped->mapping = mapping;
    mapped->start = (uint8_t *)mapping + region->mmap_offset;
    return true;
}

MemoryTable *
memory_table_new(const MemoryRegion *regions, const int *fds, size_t n, GError **error)
{
    g_autoptr(MemoryTable) table = g_new0(MemoryTable, 1);

    table->references = 1;
    if (n > MEMORY_TABLE_MAX_REGIONS) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER, "%zu memory regions, %d at most", n,
                    MEMORY_TABLE_MAX_REGIONS);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (!check_region(&regions[i], error)) {
            return NULL;
        }
    }
    if (!check_overlaps(regions, n, error)) {
        return NULL;
    }
    for (; table->n < n; table->n++) {
        table->mapped[table->n].region = regions[table->n];
        if (!map_region(&table->mapped[table->n], fds[table->n], error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&table);
}

MemoryTable *
memory_table_ref(MemoryTable *table)
{
    g_atomic_int_inc(&table->references);
    return table;
}

void
memory_table_unref(MemoryTable *table)
{
    if (!g_atomic_int_dec_and_test(&table->references)) {
        return;
    }
    for (size_t i = 0; i < table->n; i++) {
        munmap(table->mapped[i].mapping, table->mapped[i].mapping_size);
    }
    g_free(table);
}

void *
memory_table_resolve(uint64_t guest_address, size_t *length, bool for_write, void *table)
{
    const MemoryTable *memory = table;

    (void)for_write; /* all of it is shared to be written */
    for (size_t i = 0; i < memory->n; i++) {
        const MemoryRegion *region = &memory->mapped[i].region;

        if (guest_address >= region->guest_address &&
            guest_address - region->guest_address < region->size) {
            uint64_t offset = guest_address - region->guest_address;

            *length = (size_t)MIN(*length, region->size - offset);
            return memory->mapped[i].start + offset;
        }
    }
    for (size_t i = 0; i < memory->n; i++) {
        uint64_t start = memory->mapped[i].region.guest_address;

        if (start > guest_address) {
            *length = (size_t)MIN(*length, start - guest_address);
        }
    }
    return NULL;
}

void *
memory_table_find_user(const MemoryTable *table, uint64_t user_address, uint64_t length)
{
    for (size_t i = 0; i < table->n; i++) {
        const MemoryRegion *region = &table->mapped[i].region;

        if (user_address >= region->user_address &&
            user_address - region->user_address < region->size) {
            uint64_t offset = user_address - region->user_address;

            return length <= region->size - offset ? table->mapped[i].start + offset : NULL;
        }
    }
    return NULL;
}
