/* SPDX-License-Identifier: BSD-3-Clause */
/* contenders.c: ways to put pieces of files into a window, ours and those we are measured against.
 */
#include "contenders.h"

#include "fail.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const uint64_t BIGGEST_ALIGNMENT = UINT64_C(1) << 30;

/* A window without any bookkeeping. */
typedef struct {
    char *base;
    uint64_t size;
} BareWindow;

static void *
ours_open(uint64_t size)
{
    g_autoptr(GError) error = NULL;
    DaxwinWindow *window =
        daxwin_window_new(size, daxwin_arch_native(), DAXWIN_WINDOW_DEFAULT, &error);

    if (window == NULL) {
        fail("%s", error->message);
    }
    return window;
}

static void
ours_close(void *window)
{
    daxwin_window_unref(window);
}

static void
ours_map(void *window, int fd, const DaxwinMapping *mapping)
{
    g_autoptr(GError) error = NULL;

    if (!daxwin_window_map(window, fd, mapping, &error)) {
        fail("%s", error->message);
    }
}

static void
ours_unmap(void *window, uint64_t offset, uint64_t length)
{
    g_autoptr(GError) error = NULL;

    if (!daxwin_window_unmap(window, offset, length, &error)) {
        fail("%s", error->message);
    }
}

static char *
ours_base(void *window)
{
    return daxwin_window_get_base(window);
}

static void *
reserve(uint64_t size, int protection, int flags)
{
    void *base = mmap(NULL, size, protection, flags, -1, 0);

    if (base == MAP_FAILED) {
        fail_with_errno("cannot reserve a window");
    }
    return base;
}

static void *
series_2021_open(uint64_t size)
{
    BareWindow *window = g_new(BareWindow, 1);

    *window = (BareWindow){ reserve(size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS), size };
    return window;
}

/* Aligned as ours is, so that both meet page tables of the same shape. */
static void *
bare_open(uint64_t size)
{
    BareWindow *window = g_new(BareWindow, 1);
    uint64_t alignment = MIN(size, BIGGEST_ALIGNMENT);
    char *start = reserve(size + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
    uint64_t before = -(uintptr_t)start & (alignment - 1);

    *window = (BareWindow){ start + before, size };
    (void)munmap(start, before);
    (void)munmap(window->base + size, alignment - before);
    return window;
}

static void
bare_close(void *data)
{
    BareWindow *window = data;

    (void)munmap(window->base, window->size);
    g_free(window);
}

static void
map_over(char *address, uint64_t length, int fd, const DaxwinMapping *mapping)
{
    int protection = ((mapping->access & DAXWIN_ACCESS_READ) != 0 ? PROT_READ : 0) |
                     ((mapping->access & DAXWIN_ACCESS_WRITE) != 0 ? PROT_WRITE : 0);

    if (mmap(address, length, protection, MAP_SHARED | MAP_FIXED, fd,
             (off_t)mapping->file_offset) == MAP_FAILED) {
        fail_with_errno("cannot map");
    }
}

static void
reserve_over(char *address, uint64_t length, int protection, int flags)
{
    if (mmap(address, length, protection, flags | MAP_FIXED, -1, 0) == MAP_FAILED) {
        fail_with_errno("cannot unmap");
    }
}

static void
bare_map(void *data, int fd, const DaxwinMapping *mapping)
{
    BareWindow *window = data;

    map_over(window->base + mapping->window_offset, mapping->length, fd, mapping);
}

static void
bare_unmap(void *data, uint64_t offset, uint64_t length)
{
    BareWindow *window = data;

    reserve_over(window->base + offset, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
}

static char *
bare_base(void *data)
{
    BareWindow *window = data;

    return window->base;
}

static void
check_file(int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        fail_with_errno("cannot tell what is to be mapped");
    }
}

static void
bare_map_and_fstat(void *window, int fd, const DaxwinMapping *mapping)
{
    check_file(fd);
    bare_map(window, fd, mapping);
}

static void
check_bounds(const BareWindow *window, uint64_t offset, uint64_t length)
{
    if (offset + length < offset || offset + length > window->size) {
        fail("a range leaves the window");
    }
}

static void
series_2021_map(void *data, int fd, const DaxwinMapping *mapping)
{
    check_bounds(data, mapping->window_offset, mapping->length);
    bare_map(data, fd, mapping);
}

static void
series_2021_map_and_fstat(void *window, int fd, const DaxwinMapping *mapping)
{
    check_file(fd);
    series_2021_map(window, fd, mapping);
}

static void
series_2021_unmap(void *data, uint64_t offset, uint64_t length)
{
    check_bounds(data, offset, length);
    bare_unmap(data, offset, length);
}

static void *
crosvm_open(uint64_t size)
{
    BareWindow *window = g_new(BareWindow, 1);

    *window =
        (BareWindow){ reserve(size, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE), size };
    (void)madvise(window->base, size, MADV_DONTDUMP);
    return window;
}

static void
crosvm_map(void *data, int fd, const DaxwinMapping *mapping)
{
    BareWindow *window = data;
    char *address = window->base + mapping->window_offset;

    check_bounds(window, mapping->window_offset, mapping->length);
    (void)fcntl(fd, F_GET_SEALS); /* a file sealed against writing would be mapped privately */
    map_over(address, mapping->length, fd, mapping);
    (void)madvise(address, mapping->length, MADV_DONTDUMP);
    (void)madvise(address, mapping->length, MADV_MERGEABLE);
}

static void
crosvm_unmap(void *data, uint64_t offset, uint64_t length)
{
    BareWindow *window = data;

    check_bounds(window, offset, length);
    reserve_over(window->base + offset, length, PROT_READ,
                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE);
}

static void
staged_map(void *data, int fd, const DaxwinMapping *mapping)
{
    BareWindow *window = data;
    void *stage =
        mmap(NULL, mapping->length, PROT_READ, MAP_SHARED, fd, (off_t)mapping->file_offset);

    if (stage == MAP_FAILED ||
        mremap(stage, mapping->length, mapping->length, MREMAP_MAYMOVE | MREMAP_FIXED,
               window->base + mapping->window_offset) == MAP_FAILED) {
        fail_with_errno("cannot map by way of a stage");
    }
}

const Contender OURS = { "ours", ours_open, ours_close, ours_map, ours_unmap, ours_base };

const Contender BARE = { "bare", bare_open, bare_close, bare_map, bare_unmap, bare_base };

const Contender BARE_AGAIN = {
    "bare again", bare_open, bare_close, bare_map, bare_unmap, bare_base,
};

const Contender BARE_AND_FSTAT = {
    "bare + fstat", bare_open, bare_close, bare_map_and_fstat, bare_unmap, bare_base,
};

const Contender SERIES_2021 = {
    "series of 2021", series_2021_open, bare_close, series_2021_map, series_2021_unmap, bare_base,
};

const Contender SERIES_2021_AND_FSTAT = {
    "series of 2021 + fstat",  series_2021_open,  bare_close,
    series_2021_map_and_fstat, series_2021_unmap, bare_base,
};

const Contender CROSVM = {
    "crosvm", crosvm_open, bare_close, crosvm_map, crosvm_unmap, bare_base,
};

const Contender STAGED = {
    "stage + mremap", bare_open, bare_close, staged_map, bare_unmap, bare_base,
};
