/* SPDX-License-Identifier: BSD-3-Clause */
/* host.h: every system call the library makes, and nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Each function returns 0, or the errno of a refusal, unless it says otherwise. White-box tests
 * replace them at link time, so nothing else in the library may call the kernel. */

/* Which file a descriptor stands for, as fstat() names it. */
typedef struct {
    uint64_t device;
    uint64_t inode;
} DaxwinFileId;

/* The capability sets of one thread; bit CAP_X stands for that capability. */
typedef struct {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
} DaxwinHostCapabilities;

/* Called with each line of a listing, without its newline; returns false to hear no more. */
typedef bool (*DaxwinHostLineFunc)(const char *line, void *user_data);

size_t daxwin_host_get_page_size(void);

/* Reserves @length bytes wherever there is room: private, anonymous, of @protection. */
int daxwin_host_reserve(size_t length, int protection, void **address);

/* Puts such a reservation over whatever is at @address. */
int daxwin_host_reserve_over(void *address, size_t length, int protection);

/* Puts such a reservation at @address if all of the stretch is a hole, else EEXIST. */
int daxwin_host_reserve_hole(void *address, size_t length, int protection);

/* Maps a piece of a file, shared, over whatever is at @address. */
int daxwin_host_map_over(void *address, size_t length, int protection, int fd,
                         uint64_t file_offset);

/* Gives address space back to the process. */
int daxwin_host_release(void *address, size_t length);

/* Maps what a shared mapping shows once more, wherever there is room. */
int daxwin_host_duplicate(void *address, size_t length, void **copy);

/* Moves a mapping over whatever is at @to; a refusal may leave a hole there. */
int daxwin_host_move_over(void *from, size_t length, void *to);

/* Waits until the stretch is on stable storage. */
int daxwin_host_sync(void *address, size_t length);

/* Names the file behind @fd and gives its type and permissions as in st_mode. */
int daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode);

/* Gives the size of the pages in which @fd is mapped: the host's, or huge ones on hugetlbfs. */
int daxwin_host_file_page_size(int fd, size_t *size);

/* Gives the flags @fd was opened with, as F_GETFL does. */
int daxwin_host_open_flags(int fd, int *flags);

/* Lists the kernel areas of this process, one line of /proc/self/maps each. */
int daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);

/* Reads from the file into @n pieces of memory, as preadv() does; @moved is set on success. */
int daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                     size_t *moved);

/* Writes @n pieces of memory to the file, as pwritev() does; @moved is set on success. */
int daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                      size_t *moved);

/* Gives the capability sets of the calling thread. */
int daxwin_host_get_capabilities(DaxwinHostCapabilities *out);

/* Sets the capability sets of the calling thread, and of no other. */
int daxwin_host_set_capabilities(const DaxwinHostCapabilities *capabilities);
