/* SPDX-License-Identifier: BSD-3-Clause */
/* host.c: every system call the library makes, and nothing else. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* Linux 4.17 */
#endif

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

/* All reservations are made with these flags and no advice: pieces merge back into one kernel
 * area only if nothing tells them apart. */
enum {
    RESERVATION_FLAGS = MAP_PRIVATE | MAP_ANONYMOUS
};

static int
errno_of_mapping(const void *address)
{
    return address == MAP_FAILED ? errno : 0;
}

size_t daxwin_host_kept_page_size;

size_t
daxwin_host_ask_page_size(void)
{
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

    __atomic_store_n(&daxwin_host_kept_page_size, page_size, __ATOMIC_RELAXED);
    return page_size;
}

int
daxwin_host_reserve(size_t length, int protection, void **address)
{
    void *place = mmap(NULL, length, protection, RESERVATION_FLAGS, -1, 0);

    if (place == MAP_FAILED) {
        return errno;
    }
    *address = place;
    return 0;
}

int
daxwin_host_reserve_over(void *address, size_t length, int protection)
{
    return errno_of_mapping(
        mmap(address, length, protection, RESERVATION_FLAGS | MAP_FIXED, -1, 0));
}

int
daxwin_host_reserve_hole(void *address, size_t length, int protection)
{
    void *place = mmap(address, length, protection, RESERVATION_FLAGS | MAP_FIXED_NOREPLACE, -1, 0);

    if (place == MAP_FAILED) {
        return errno;
    }
    if (place != address) { /* before Linux 4.17 the address is a mere hint */
        (void)munmap(place, length);
        return EEXIST;
    }
    return 0;
}

int
daxwin_host_map_over(void *address, size_t length, int protection, int fd, uint64_t file_offset)
{
    return errno_of_mapping(
        mmap(address, length, protection, MAP_SHARED | MAP_FIXED, fd, (off_t)file_offset));
}

int
daxwin_host_map(size_t length, int protection, int fd, uint64_t file_offset, void **address)
{
    void *place = mmap(NULL, length, protection, MAP_SHARED, fd, (off_t)file_offset);

    if (place == MAP_FAILED) {
        return errno;
    }
    *address = place;
    return 0;
}

int
daxwin_host_protect(void *address, size_t length, int protection)
{
    return mprotect(address, length, protection) == 0 ? 0 : errno;
}

int
daxwin_host_guard(void *address, size_t length)
{
    return madvise(address, length, MADV_GUARD_INSTALL) == 0 ? 0 : errno;
}

int
daxwin_host_probe(void *address, size_t length, bool for_write)
{
    int advice = for_write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;

    return madvise(address, length, advice) == 0 ? 0 : errno;
}

int
daxwin_host_allocate_lazily(size_t length, void **address)
{
    void *place = mmap(NULL, length, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (place == MAP_FAILED) {
        return errno;
    }
    *address = place;
    return 0;
}

static int
errno_of_moving(ssize_t result, size_t *moved)
{
    if (result < 0) {
        return errno;
    }
    *moved = (size_t)result;
    return 0;
}

int
daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied)
{
    struct iovec local = { buffer, length };
    struct iovec remote = { (void *)address, length };

    return errno_of_moving(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), copied);
}

int
daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied)
{
    struct iovec local = { (void *)buffer, length };
    struct iovec remote = { address, length };

    return errno_of_moving(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), copied);
}

void
daxwin_host_wait(int *word, int value)
{
    int kept_errno = errno;

    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
    errno = kept_errno;
}

void
daxwin_host_wake(int *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int
daxwin_host_read_max_map_count(size_t *count)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    bool is_read;

    if (file == NULL) {
        return errno;
    }
    is_read = fscanf(file, "%zu", count) == 1;
    (void)fclose(file);
    return is_read ? 0 : EIO;
}

int
daxwin_host_release(void *address, size_t length)
{
    return munmap(address, length) == 0 ? 0 : errno;
}

int
daxwin_host_duplicate(void *address, size_t length, void **copy)
{
    void *place = mremap(address, 0, length, MREMAP_MAYMOVE);

    if (place == MAP_FAILED) {
        return errno;
    }
    *copy = place;
    return 0;
}

int
daxwin_host_move_over(void *from, size_t length, void *to)
{
    return errno_of_mapping(mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to));
}

int
daxwin_host_sync(void *address, size_t length)
{
    return msync(address, length, MS_SYNC) == 0 ? 0 : errno;
}

int
daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        return errno;
    }
    *id = (DaxwinFileId){ status.st_dev, status.st_ino };
    *size = (uint64_t)status.st_size;
    *mode = status.st_mode;
    return 0;
}

int
daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block)
{
    struct statfs status;

    if (fstatfs(fd, &status) != 0) {
        return errno;
    }
    *type = (uint64_t)status.f_type & UINT32_MAX; /* magic numbers have 32 bits, f_type a sign */
    *block = (size_t)status.f_bsize;
    return 0;
}

int
daxwin_host_get_seals(int fd, int *seals)
{
    int result = fcntl(fd, F_GET_SEALS);

    if (result < 0) {
        return errno;
    }
    *seals = result;
    return 0;
}

int
daxwin_host_open_flags(int fd, int *flags)
{
    int result = fcntl(fd, F_GETFL);

    if (result < 0) {
        return errno;
    }
    *flags = result;
    return 0;
}

int
daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data)
{
    FILE *listing = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    int result;

    if (listing == NULL) {
        return errno;
    }
    while ((length = getline(&line, &capacity, listing)) > 0) {
        line[length - 1] = '\0';
        if (!func(line, user_data)) {
            break;
        }
    }
    result = length < 0 && !feof(listing) ? EIO : 0;
    free(line);
    (void)fclose(listing);
    return result;
}

/* The kernel takes a single piece faster if it need not fetch a list of them. */
int
daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset, size_t *moved)
{
    return errno_of_moving(n == 1 ? pread(fd, pieces->iov_base, pieces->iov_len, (off_t)file_offset)
                                  : preadv(fd, pieces, n, (off_t)file_offset),
                           moved);
}

int
daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset, size_t *moved)
{
    return errno_of_moving(n == 1
                               ? pwrite(fd, pieces->iov_base, pieces->iov_len, (off_t)file_offset)
                               : pwritev(fd, pieces, n, (off_t)file_offset),
                           moved);
}

/* capget() and capset() have no wrappers in the C library. Version 3 has two words a set, and
 * process 0 is the calling thread. */
int
daxwin_host_get_capabilities(DaxwinHostCapabilities *out)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    if (syscall(SYS_capget, &header, words) != 0) {
        return errno;
    }
    *out = (DaxwinHostCapabilities){
        .effective = (uint64_t)words[1].effective << 32 | words[0].effective,
        .permitted = (uint64_t)words[1].permitted << 32 | words[0].permitted,
        .inheritable = (uint64_t)words[1].inheritable << 32 | words[0].inheritable,
    };
    return 0;
}

int
daxwin_host_set_capabilities(const DaxwinHostCapabilities *capabilities)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = {
        { (uint32_t)capabilities->effective, (uint32_t)capabilities->permitted,
          (uint32_t)capabilities->inheritable },
        { (uint32_t)(capabilities->effective >> 32), (uint32_t)(capabilities->permitted >> 32),
          (uint32_t)(capabilities->inheritable >> 32) },
    };

    return syscall(SYS_capset, &header, words) == 0 ? 0 : errno;
}
