/* SPDX-License-Identifier: BSD-3-Clause */
/* shim.c: the functions of libdaxwin with errors as numbers. */
#include "shim.h"

#include <daxwin/daxwin.h>
#include <errno.h>
#include <sys/mman.h>

/* Numbers that are passed on as they are. */
_Static_assert((int)DAX_SHIM_STRICT == DAXWIN_WINDOW_STRICT, "flags");
_Static_assert((int)DAX_SHIM_ANY_FILE == DAXWIN_WINDOW_ANY_FILE, "flags");
_Static_assert((int)DAX_SHIM_X86_64 == DAXWIN_ARCH_X86_64, "guest architecture");
_Static_assert((int)DAX_SHIM_AARCH64 == DAXWIN_ARCH_AARCH64, "guest architecture");
_Static_assert((int)DAX_SHIM_PPC64 == DAXWIN_ARCH_PPC64, "guest architecture");
_Static_assert((int)DAX_SHIM_RISCV64 == DAXWIN_ARCH_RISCV64, "guest architecture");
_Static_assert(PROT_READ == (int)DAXWIN_ACCESS_READ, "protection");
_Static_assert(PROT_WRITE == (int)DAXWIN_ACCESS_WRITE, "protection");

static const uint32_t KNOWN_FLAGS = DAX_SHIM_STRICT | DAX_SHIM_ANY_FILE;

static _Thread_local char last_reason[256];

/* Keeps the reason and gives the number. Only a bad pointer fails without an error. */
static int
negative_errno(const GError *error)
{
    (void)g_strlcpy(last_reason, error != NULL ? error->message : "a pointer is NULL",
                    sizeof last_reason);
    return error != NULL ? -daxwin_error_to_errno(error) : -EINVAL;
}

int
dax_shim_create(uint64_t size, uint32_t guest_arch, uint32_t flags, DaxShim **out)
{
    g_autoptr(GError) error = NULL;
    DaxwinArch guest = guest_arch == DAX_SHIM_NATIVE ? daxwin_arch_native() : guest_arch;

    if ((flags & ~KNOWN_FLAGS) != 0) {
        (void)g_snprintf(last_reason, sizeof last_reason,
                         "window flags 0x%x have bits other than 0x%x", flags, KNOWN_FLAGS);
        return -EINVAL;
    }
    *out = daxwin_window_new(size, guest, flags, &error);
    return *out != NULL ? 0 : negative_errno(error);
}

void
dax_shim_destroy(DaxShim *shim)
{
    g_clear_pointer(&shim, daxwin_window_unref);
}

void
dax_shim_slot(DaxShim *shim, uint64_t *host_address, uint64_t *size)
{
    *host_address = (uintptr_t)daxwin_window_get_base(shim);
    *size = daxwin_window_get_size(shim);
}

int
dax_shim_add(DaxShim *shim, uint64_t offset, uint64_t size, int fd, uint64_t file_offset,
             uint32_t protection)
{
    g_autoptr(GError) error = NULL;
    const DaxwinMapping mapping = { offset, file_offset, size, protection };

    return daxwin_window_map(shim, fd, &mapping, &error) ? 0 : negative_errno(error);
}

int
dax_shim_remove(DaxShim *shim, uint64_t offset, uint64_t size)
{
    g_autoptr(GError) error = NULL;

    return daxwin_window_unmap(shim, offset, size, &error) ? 0 : negative_errno(error);
}

int
dax_shim_clear(DaxShim *shim)
{
    g_autoptr(GError) error = NULL;

    return daxwin_window_clear(shim, &error) ? 0 : negative_errno(error);
}

int
dax_shim_sync(DaxShim *shim, uint64_t offset, uint64_t size)
{
    g_autoptr(GError) error = NULL;

    return daxwin_window_sync(shim, offset, size, &error) ? 0 : negative_errno(error);
}

int
dax_shim_answer_map(DaxShim *shim, uint8_t shmid, const void *payload, size_t length, int fd)
{
    g_autoptr(GError) error = NULL;
    DaxwinWindow *regions[DAXWIN_SHMEM_MAX_REGIONS] = { NULL };

    uint64_t reply;

    regions[shmid] = shim;
    reply = daxwin_serve_shmem_map(regions, shmid + 1, payload, length, fd, &error);
    return reply == 0 ? 0 : negative_errno(error);
}

int
dax_shim_answer_unmap(DaxShim *shim, uint8_t shmid, const void *payload, size_t length)
{
    g_autoptr(GError) error = NULL;
    DaxwinWindow *regions[DAXWIN_SHMEM_MAX_REGIONS] = { NULL };

    uint64_t reply;

    regions[shmid] = shim;
    reply = daxwin_serve_shmem_unmap(regions, shmid + 1, payload, length, &error);
    return reply == 0 ? 0 : negative_errno(error);
}

int
dax_shim_contain(DaxShim *shim, uint64_t address)
{
    return daxwin_window_contain(shim, (const void *)(uintptr_t)address) ? 0 : -EFAULT;
}

int
dax_shim_contain_truncated(DaxShim *shim, uint64_t *pages)
{
    g_autoptr(GError) error = NULL;
    size_t covered = 0;
    bool is_done = daxwin_window_contain_truncated(shim, &covered, &error);

    *pages = covered;
    return is_done ? 0 : negative_errno(error);
}

void
dax_shim_usage(DaxShim *shim, DaxShimUsage *out)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(shim, &usage);
    *out = (DaxShimUsage){
        .mappings = usage.mappings,
        .bytes_mapped = usage.bytes_mapped,
        .areas = usage.areas,
        .area_budget = usage.area_budget,
        .maps = usage.maps,
        .unmaps = usage.unmaps,
        .replaced = usage.replaced,
        .refused = usage.refused,
        .contained_pages = usage.contained_pages,
        .containments = usage.containments,
        .lost = usage.lost,
    };
}

const char *
dax_shim_reason(void)
{
    return last_reason;
}
