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

/* What daxwin_host_get_page_size() returns, or 0 as long as nobody has called it. Tests pretend
 * here that pages have another size. */
extern size_t daxwin_host_kept_page_size;

size_t daxwin_host_ask_page_size(void);

/* Asked for several times in each call, so it is kept. */
static inline size_t
daxwin_host_get_page_size(void)
{
    size_t kept = __atomic_load_n(&daxwin_host_kept_page_size, __ATOMIC_RELAXED);

    return kept != 0 ? kept : daxwin_host_ask_page_size();
}

/* Reserves @length bytes wherever there is room: private, anonymous, of @protection. */
int daxwin_host_reserve(size_t length, int protection, void **address);

/* Puts such a reservation over whatever is at @address. */
int daxwin_host_reserve_over(void *address, size_t length, int protection);

/* Puts such a reservation at @address if all of the stretch is a hole, else EEXIST. */
int daxwin_host_reserve_hole(void *address, size_t length, int protection);

/* Maps a piece of a file, shared, over whatever is at @address. */
int daxwin_host_map_over(void *address, size_t length, int protection, int fd,
                         uint64_t file_offset);

/* Maps a piece of a file, shared, wherever there is room. */
int daxwin_host_map(size_t length, int protection, int fd, uint64_t file_offset, void **address);

/* Changes the protection of whole areas or of parts of them. */
int daxwin_host_protect(void *address, size_t length, int protection);

/* Makes memory fault when touched, without taking an area: Linux 6.13, for files 6.15. */
int daxwin_host_guard(void *address, size_t length);

/* Tries to load, or, with @for_write, to store, and changes nothing: EFAULT or EHWPOISON where the
 * process would get a SIGBUS. Linux 5.14. */
int daxwin_host_probe(void *address, size_t length, bool for_write);

/* Reserves memory that is only taken when it is written to, all zeros. */
int daxwin_host_allocate_lazily(size_t length, void **address);

/* Copies from or to memory of this process that may fault, which ends the copy early. EFAULT if
 * the first byte does. */
int daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied);
int daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied);

/* Sleeps while @word is @value, or not at all; may wake for no reason. Safe in signal handlers, and
 * leaves errno alone. */
void daxwin_host_wait(int *word, int value);

/* Wakes one sleeper on @word. Safe in signal handlers. */
void daxwin_host_wake(int *word);

/* Reads vm.max_map_count, how many areas the kernel lets a process have. */
int daxwin_host_read_max_map_count(size_t *count);

/* Gives address space back to the process. */
int daxwin_host_release(void *address, size_t length);

/* Maps what a shared mapping shows once more, wherever there is room. */
int daxwin_host_duplicate(void *address, size_t length, void **copy);

/* Moves a mapping over whatever is at @to; a refusal may leave a hole there. */
int daxwin_host_move_over(void *from, size_t length, void *to);

/* Waits until the stretch is on stable storage. */
int daxwin_host_sync(void *address, size_t length);

/* Names the file behind @fd, and gives its size and its st_mode. */
int daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode);

/* Gives the type of the filesystem of @fd, a magic number of statfs(2), and its block size. */
int daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block);

/* Gives the seals of a memfd, as F_GET_SEALS does. */
int daxwin_host_get_seals(int fd, int *seals);

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
