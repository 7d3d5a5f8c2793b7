/* SPDX-License-Identifier: BSD-3-Clause */
/* pages.h: mappings, files and memory counted in pages of the host. */
#pragma once

#include <daxwin/mapping.h>
#include <daxwin/size.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static inline uint64_t
pages(uint64_t n)
{
    return n * daxwin_host_page_size();
}

static inline DaxwinMapping
piece(uint64_t window_page, uint64_t file_page, uint64_t n_pages, int access)
{
    return (DaxwinMapping){ pages(window_page), pages(file_page), pages(n_pages),
                            (DaxwinAccess)access };
}

/* What page @page of file @file begins with; never 0. Files are numbered from 1. */
static inline uint64_t
mark_of(uint64_t file, uint64_t page)
{
    return file << 32 | page;
}

/* A file in memory of @n_pages pages that begin with their marks; -1 if there can be none. */
static inline int
new_marked_file(uint64_t file, uint64_t n_pages)
{
    int fd = memfd_create("marked", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    for (uint64_t page = 0; fd >= 0 && page < n_pages; page++) {
        uint64_t mark = mark_of(file, page);

        if (pwrite(fd, &mark, sizeof mark, (off_t)pages(page)) != sizeof mark) {
            (void)close(fd);
            fd = -1;
        }
    }
    if (fd >= 0 && ftruncate(fd, (off_t)pages(n_pages)) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* The mark at @address, or 0 where nothing can be read. The kernel looks, so nothing can fault. */
static inline uint64_t
mark_at(const void *address)
{
    uint64_t mark = 0;
    struct iovec to = { &mark, sizeof mark };
    struct iovec from = { (void *)address, sizeof mark };

    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof mark ? mark : 0;
}
