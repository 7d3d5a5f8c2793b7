/* SPDX-License-Identifier: BSD-3-Clause */
/* shim.h: a DAX window for VMMs in other languages: plain numbers in, 0 or a negative errno out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Functions that return an int return 0, or a negative errno: those of daxwin/error.h, or the
 * kernel's own. dax_shim_reason() has the sentence for the log. Numbers that came from a guest or
 * a backend need no checks before they are passed on; pointers must be good ones. All functions
 * but dax_shim_destroy() may be called from any thread at any time. Files are borrowed: a
 * descriptor is never kept and never closed, and what was mapped stays when it is.
 */

/* A window. */
typedef struct _DaxwinWindow DaxShim;

/* What dax_shim_create() calls @guest_arch: 0, or a number of daxwin/protection.h. */
enum {
    DAX_SHIM_NATIVE = 0, /* the guest's processor is the host's */
    DAX_SHIM_X86_64 = 1,
    DAX_SHIM_AARCH64 = 2,
    DAX_SHIM_PPC64 = 4,
    DAX_SHIM_RISCV64 = 7
};

/* What dax_shim_create() calls @flags. */
enum {
    DAX_SHIM_STRICT = 1 << 0,  /* no map over another, no part of a mapping removed: for SHMEM */
    DAX_SHIM_ANY_FILE = 1 << 1 /* devices and dma-buf too; for backends that are trusted */
};

/* What a window holds and has done: DaxwinUsage of daxwin/window.h in numbers of one width. */
typedef struct {
    uint64_t mappings;
    uint64_t bytes_mapped;
    uint64_t areas;
    uint64_t area_budget;
    uint64_t maps;
    uint64_t unmaps;
    uint64_t replaced;
    uint64_t refused;
    uint64_t contained_pages;
    uint64_t containments;
    uint64_t lost;
} DaxShimUsage;

/* Reserves a window of @size bytes, a power of two. It is for dax_shim_destroy(). */
int dax_shim_create(uint64_t size, uint32_t guest_arch, uint32_t flags, DaxShim **out);

/* Gives the address space back. No memory slot, no handler and no other thread may use it then. */
void dax_shim_destroy(DaxShim *shim);

/* Tells what the one memory slot of the window is to have: neither ever changes. */
void dax_shim_slot(DaxShim *shim, uint64_t *host_address, uint64_t *size);

/* Maps @size bytes of a file at @offset of the window; @protection is PROT_READ, PROT_WRITE or
 * both, as of mmap(). After a failure the window is what it was. */
int dax_shim_add(DaxShim *shim, uint64_t offset, uint64_t size, int fd, uint64_t file_offset,
                 uint32_t protection);

/* Removes what is mapped in a range: in a strict window exactly one mapping, else anything. */
int dax_shim_remove(DaxShim *shim, uint64_t offset, uint64_t size);

/* Removes everything: for a reset, and when the backend has gone. */
int dax_shim_clear(DaxShim *shim);

/* Waits until stores that were made through a range are on stable storage. */
int dax_shim_sync(DaxShim *shim, uint64_t offset, uint64_t size);

/* Carry out the vhost-user requests SHMEM_MAP and SHMEM_UNMAP, of which @payload is what follows
 * the header, for a device whose only region is @shmid. Without a window @shim is NULL. What they
 * return, widened with its sign to 64 bits, is the word of the reply. */
int dax_shim_answer_map(DaxShim *shim, uint8_t shmid, const void *payload, size_t length, int fd);
int dax_shim_answer_unmap(DaxShim *shim, uint8_t shmid, const void *payload, size_t length);

/* Covers a page that its file has lost with zeros, for a handler of SIGBUS, in which it is safe:
 * 0 if the access can be made again, -EFAULT if @address is none of this window's. */
int dax_shim_contain(DaxShim *shim, uint64_t address);

/* Does so for a VMM that is told no address, as by KVM_RUN failing with EFAULT. If *@pages is 0
 * after it, the fault had another cause. */
int dax_shim_contain_truncated(DaxShim *shim, uint64_t *pages);

/* Tells what the window holds and has done, at one moment. */
void dax_shim_usage(DaxShim *shim, DaxShimUsage *out);

/* Says in one line why the last call of this thread that failed did so; dax_shim_contain() says
 * nothing. The text is overwritten by the next failure. */
const char *dax_shim_reason(void);
