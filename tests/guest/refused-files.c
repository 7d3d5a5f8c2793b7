/* SPDX-License-Identifier: BSD-3-Clause */
/* refused-files.c: files of which a kernel may refuse to map a piece, early or late. */
#include "refused-files.h"

#include "support/pages.h"

#include <fcntl.h>
#include <glib.h>
#include <linux/magic.h>
#include <sys/vfs.h>

enum {
    FILE_NUMBER = 7, /* what is read tells these files from others */
    FILE_PAGES = 8
};

static int
open_sysfs_attribute(void)
{
    return open("/sys/kernel/uevent_seqnum", O_RDONLY | O_CLOEXEC);
}

/* Its size is 0, but an mmap() asks for free huge pages all the same. */
static int
open_hugetlb_memfd(void)
{
    return memfd_create("hugetlb", MFD_CLOEXEC | MFD_HUGETLB);
}

static int
open_sealed_memfd(int seals)
{
    int fd = new_marked_file(FILE_NUMBER, FILE_PAGES);

    if (fd >= 0 && fcntl(fd, F_ADD_SEALS, seals) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int
open_future_write_sealed_memfd(void)
{
    return open_sealed_memfd(F_SEAL_FUTURE_WRITE);
}

static int
open_write_sealed_memfd(void)
{
    return open_sealed_memfd(F_SEAL_WRITE);
}

/* A file of procfs with operations of its own, none of them mmap(). */
static int
open_proc_file(void)
{
    return open("/proc/version", O_RDONLY | O_CLOEXEC);
}

/* A file of procfs that is one of a process. */
static int
open_process_file(void)
{
    return open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

static int
open_pipe(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    (void)close(ends[1]);
    return ends[0];
}

static int
open_memfd(void)
{
    return new_marked_file(FILE_NUMBER, FILE_PAGES);
}

static int
open_memfd_for_reading(void)
{
    int fd = open_memfd();
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    int read_only = open(path, O_RDONLY | O_CLOEXEC);

    (void)close(fd);
    return read_only;
}

enum {
    READ = DAXWIN_ACCESS_READ,
    WRITE = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

const RefusedFile refused_files[] = {
    { "sysfs attribute", open_sysfs_attribute, READ, 0, true },
    { "hugetlb memfd, no free pages", open_hugetlb_memfd, READ, 0, true },
    { "memfd sealed FUTURE_WRITE, writable", open_future_write_sealed_memfd, WRITE, 0, true },
    { "memfd sealed WRITE, read-only", open_write_sealed_memfd, READ, 0, true },
    { "memfd sealed WRITE, writable", open_write_sealed_memfd, WRITE, 0, true },
    { "/proc/version", open_proc_file, READ, 0, true },
    { "/proc/self/status", open_process_file, READ, 0, false },
    { "pipe", open_pipe, READ, 0, false },
    { "memfd opened for reading, writable", open_memfd_for_reading, WRITE, 0, false },
    { "odd file offset", open_memfd, READ, 100, false },
    { "file offset beyond any file", open_memfd, READ, UINT64_C(0xfffffffffff00000), false },
};

const size_t n_refused_files = G_N_ELEMENTS(refused_files);

uint64_t
refused_file_length(int fd)
{
    struct statfs filesystem;
    bool is_huge = fstatfs(fd, &filesystem) == 0 && filesystem.f_type == HUGETLBFS_MAGIC;

    return is_huge ? (uint64_t)filesystem.f_bsize : pages(4);
}
