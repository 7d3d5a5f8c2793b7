/* SPDX-License-Identifier: BSD-3-Clause */
/* scratch.c: nameless files for benchmarks. */
#include "scratch.h"

#include "fail.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int
scratch_open(const char *directory, uint64_t size)
{
    g_autofree char *path = g_build_filename(directory, "daxwin-bench-XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0) {
        fail_with_errno(directory);
    }
    (void)unlink(path);
    if (ftruncate(fd, (off_t)size) != 0) {
        fail_with_errno(directory);
    }
    return fd;
}

int
scratch_open_filled(const char *directory, uint64_t size)
{
    int fd = scratch_open(directory, 0);
    char block[4096];

    memset(block, 'x', sizeof block);
    for (uint64_t written = 0; written < size; written += sizeof block) {
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block) {
            fail_with_errno(directory);
        }
    }
    return fd;
}

void
scratch_close(int fd)
{
    (void)close(fd);
}
