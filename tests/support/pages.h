/* SPDX-License-Identifier: BSD-3-Clause */
/* pages.h: mappings, files and memory counted in pages of the host. */
#pragma once

#include <daxwin/mapping.h>
#include <daxwin/size.h>
#include <errno.h>
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

/* A file of memfd_create() of @n_pages pages that begin with their marks; -1 if there can be none.
 */
static inline int
new_marked_file_with(uint64_t file, uint64_t n_pages, unsigned flags)
{
    int fd = memfd_create("marked", MFD_CLOEXEC | flags);

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

/* One that could be sealed, and so is mapped by way of a stage. */
static inline int
new_marked_file(uint64_t file, uint64_t n_pages)
{
    return new_marked_file_with(file, n_pages, MFD_ALLOW_SEALING);
}

/* One that cannot be sealed, and so is mapped directly. */
static inline int
new_direct_file(uint64_t file, uint64_t n_pages)
{
    return new_marked_file_with(file, n_pages, 0);
}

/* The mark at @address by way of a file, for emulators that cannot look at their own memory. */
static inline uint64_t
mark_by_way_of_a_file(const void *address)
{
    uint64_t mark = 0;
    int fd = memfd_create("mark", MFD_CLOEXEC);

    if (write(fd, address, sizeof mark) == sizeof mark) {
        (void)!pread(fd, &mark, sizeof mark, 0);
    }
    (void)close(fd);
    return mark;
}

/* The mark at @address, or 0 where nothing can be read. The kernel looks, so nothing can fault. */
static inline uint64_t
mark_at(const void *address)
{
    uint64_t mark = 0;
    struct iovec to = { &mark, sizeof mark };
    struct iovec from = { (void *)address, sizeof mark };
    ssize_t length = process_vm_readv(getpid(), &to, 1, &from, 1, 0);

    if (length < 0 && errno == ENOSYS) {
        return mark_by_way_of_a_file(address);
    }
    return length == sizeof mark ? mark : 0;
}
