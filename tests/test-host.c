/* SPDX-License-Identifier: BSD-3-Clause */
/* test-host.c: the system calls, made for real: what each does, and which errno a refusal has. */
#include "support/testing.h"

#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static size_t page;

/* Stand-ins for calls of the C library, under the names that it gives them where file offsets
 * always have 64 bits; musl gives them none, and is left alone. */
#ifdef __GLIBC__

/* MAP_FIXED_NOREPLACE, which older C libraries do not name. */
enum {
    NO_REPLACE = 0x100000
};

static bool is_old_kernel;        /* one before Linux 4.17, which knows no such flag */
static const char *listing;       /* what to open in place of a file of /proc */
static long pretended_filesystem; /* its magic number; 0 for the true one */

void *__real_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset);
FILE *__real_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
int __real_fstatfs64(int fd, struct statfs *filesystem);
int __wrap_fstatfs64(int fd, struct statfs *filesystem);

void *
__wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return __real_mmap64(address, length, protection, is_old_kernel ? flags & ~NO_REPLACE : flags,
                         fd, offset);
}

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
    return __real_fopen64(listing != NULL ? listing : path, mode);
}

/* The field has a sign on some hosts, as is pretended here, and so may the number. */
int
__wrap_fstatfs64(int fd, struct statfs *filesystem)
{
    int result = __real_fstatfs64(fd, filesystem);

    if (pretended_filesystem != 0) {
        filesystem->f_type = (typeof(filesystem->f_type))pretended_filesystem;
    }
    return result;
}

static int
stop_pretending(void **state)
{
    (void)state;
    is_old_kernel = false;
    listing = NULL;
    pretended_filesystem = 0;
    return 0;
}

#endif

static int
ask_for_page_size(void **state)
{
    (void)state;
    page = daxwin_host_get_page_size();
    return 0;
}

/* A file of @n pages; the bytes of page i are all i + 1. */
static int
make_file(size_t n)
{
    int fd = memfd_create("host", MFD_CLOEXEC);

    for (size_t i = 0; i < n; i++) {
        g_autofree char *bytes = g_malloc(page);

        memset(bytes, (int)i + 1, page);
        assert_int_equal(pwrite(fd, bytes, page, (off_t)(i * page)), page);
    }
    return fd;
}

static char *
reserve(size_t length)
{
    void *address = NULL;

    assert_int_equal(daxwin_host_reserve(length, PROT_NONE, &address), 0);
    return address;
}

/* Whether the byte at @address can be read: the kernel tries it without a signal. */
static bool
is_readable(const char *address)
{
    int fd = memfd_create("probe", MFD_CLOEXEC);
    bool is_done = write(fd, address, 1) == 1;

    close(fd);
    return is_done;
}

/* What kernel areas have of [start, end). */
typedef struct {
    uint64_t start;
    uint64_t end;
    uint64_t bytes;
    size_t areas;
} Census;

/* A DaxwinHostLineFunc over a Census. */
static bool
count_area(const char *line, void *user_data)
{
    Census *census = user_data;
    uint64_t start;
    uint64_t end;

    assert_int_equal(sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end), 2);
    start = MAX(start, census->start);
    end = MIN(end, census->end);
    if (start < end) {
        census->bytes += end - start;
        census->areas++;
    }
    return true;
}

/* How many bytes of the stretch are not holes. */
static uint64_t
bytes_in_use(const char *address, size_t length)
{
    Census census = { (uintptr_t)address, (uintptr_t)address + length, 0, 0 };

    assert_int_equal(daxwin_host_list_areas(count_area, &census), 0);
    return census.bytes;
}

/* How many kernel areas reach into the stretch. */
static size_t
count_areas(const char *address, size_t length)
{
    Census census = { (uintptr_t)address, (uintptr_t)address + length, 0, 0 };

    assert_int_equal(daxwin_host_list_areas(count_area, &census), 0);
    return census.areas;
}

static void
page_size_is_that_of_the_kernel(void **state)
{
    (void)state;
    assert_int_equal(daxwin_host_get_page_size(), sysconf(_SC_PAGESIZE));
}

static void
reserved_memory_has_its_protection(void **state)
{
    void *closed = NULL;
    void *readable = NULL;

    (void)state;
    assert_int_equal(daxwin_host_reserve(page, PROT_NONE, &closed), 0);
    assert_int_equal(daxwin_host_reserve(page, PROT_READ, &readable), 0);
    assert_false(is_readable(closed));
    assert_true(is_readable(readable));
    assert_int_equal(daxwin_host_release(closed, page), 0);
    assert_int_equal(daxwin_host_release(readable, page), 0);
}

static void
reservation_beyond_the_address_space_is_refused(void **state)
{
    void *address = &page;

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses it with an errno of its own");
    }
    assert_int_equal(daxwin_host_reserve(SIZE_MAX - page + 1, PROT_NONE, &address), ENOMEM);
    assert_ptr_equal(address, &page);
}

static void
reservation_over_a_mapping_replaces_it(void **state)
{
    char *address = reserve(2 * page);
    int fd = make_file(2);

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, 2 * page, PROT_READ, fd, 0), 0);
    assert_int_equal(daxwin_host_reserve_over(address + page, page, PROT_NONE), 0);
    assert_true(is_readable(address));
    assert_false(is_readable(address + page));
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    close(fd);
}

static void
reservation_over_an_odd_address_is_refused(void **state)
{
    char *address = reserve(2 * page);

    (void)state;
    assert_int_equal(daxwin_host_reserve_over(address + 1, page, PROT_NONE), EINVAL);
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
}

static void
hole_can_be_reserved_again(void **state)
{
    char *address = reserve(3 * page);

    (void)state;
    assert_int_equal(daxwin_host_release(address + page, page), 0);
    assert_int_equal(bytes_in_use(address, 3 * page), 2 * page);
    assert_int_equal(daxwin_host_reserve_hole(address + page, page, PROT_NONE), 0);
    assert_int_equal(bytes_in_use(address, 3 * page), 3 * page);
    assert_int_equal(daxwin_host_release(address, 3 * page), 0);
}

static void
hole_in_use_is_refused_and_left_alone(void **state)
{
    char *address = reserve(2 * page);
    int fd = make_file(1);

    (void)state;
    assert_int_equal(daxwin_host_release(address, page), 0);
    assert_int_equal(daxwin_host_map_over(address + page, page, PROT_READ, fd, 0), 0);
    assert_int_equal(daxwin_host_reserve_hole(address, 2 * page, PROT_NONE), EEXIST);
    assert_int_equal(bytes_in_use(address, 2 * page), page);
    assert_int_equal(address[page], 1);
    assert_int_equal(daxwin_host_release(address + page, page), 0);
    close(fd);
}

static void
hole_of_no_length_is_refused(void **state)
{
    (void)state;
    assert_int_equal(daxwin_host_reserve_hole(NULL, 0, PROT_NONE), EINVAL);
}

#ifdef __GLIBC__

static void
hole_can_be_reserved_on_an_old_kernel(void **state)
{
    char *address = reserve(3 * page);

    (void)state;
    is_old_kernel = true;
    assert_int_equal(daxwin_host_release(address + page, page), 0);
    assert_int_equal(daxwin_host_reserve_hole(address + page, page, PROT_NONE), 0);
    assert_int_equal(bytes_in_use(address, 3 * page), 3 * page);
    assert_int_equal(daxwin_host_release(address, 3 * page), 0);
}

static void
hole_in_use_is_refused_on_an_old_kernel(void **state)
{
    char *address = reserve(page);
    int fd = make_file(1);

    (void)state;
    is_old_kernel = true;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ, fd, 0), 0);
    assert_int_equal(daxwin_host_reserve_hole(address, page, PROT_NONE), EEXIST);
    assert_int_equal(address[0], 1);
    assert_int_equal(daxwin_host_release(address, page), 0);
    close(fd);
}

static void
listing_that_cannot_be_read_is_reported(void **state)
{
    Census census = { 0 };

    (void)state;
    listing = "/"; /* a directory can be opened, but not read */
    assert_int_equal(daxwin_host_list_areas(count_area, &census), EIO);
}

static void
number_of_areas_allowed_must_be_told(void **state)
{
    size_t count = 77;

    (void)state;
    listing = "/nowhere/max_map_count";
    assert_int_equal(daxwin_host_read_max_map_count(&count), ENOENT);
    listing = "/dev/null";
    assert_int_equal(daxwin_host_read_max_map_count(&count), EIO);
    assert_int_equal(count, 77);
}

static void
filesystem_numbers_have_no_sign(void **state)
{
    int fd = make_file(1);
    uint64_t type = 0;
    size_t block = 0;

    (void)state;
    pretended_filesystem = (int32_t)BTRFS_SUPER_MAGIC;
    assert_int_equal(daxwin_host_identify_filesystem(fd, &type, &block), 0);
    assert_true(type == BTRFS_SUPER_MAGIC);
    close(fd);
}

#endif

static void
mapping_shows_its_piece_of_the_file(void **state)
{
    char *address = reserve(2 * page);
    int fd = make_file(4);

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, 2 * page, PROT_READ, fd, 2 * page), 0);
    assert_int_equal(address[0], 3);
    assert_int_equal(address[page], 4);
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    close(fd);
}

static void
mapping_is_shared_with_the_file(void **state)
{
    char *address = reserve(page);
    int fd = make_file(1);
    char byte = 0;

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ | PROT_WRITE, fd, 0), 0);
    address[5] = 'x';
    assert_int_equal(pread(fd, &byte, 1, 5), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(pwrite(fd, "y", 1, 6), 1);
    assert_int_equal(address[6], 'y');
    assert_int_equal(daxwin_host_release(address, page), 0);
    close(fd);
}

static void
mapping_outlives_its_descriptor(void **state)
{
    char *address = reserve(page);
    int fd = make_file(1);

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ, fd, 0), 0);
    close(fd);
    assert_int_equal(address[0], 1);
    assert_int_equal(daxwin_host_release(address, page), 0);
}

static void
mapping_beyond_the_end_of_the_file_is_made_but_faults(void **state)
{
    char *address = reserve(2 * page);
    int fd = make_file(1);

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, 2 * page, PROT_READ, fd, 0), 0);
    assert_true(is_readable(address));
    assert_false(is_readable(address + page));
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    close(fd);
}

static void
character_device_can_be_mapped(void **state)
{
    char *address = reserve(page);
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ, fd, 0), 0);
    assert_int_equal(address[0], 0);
    assert_int_equal(daxwin_host_release(address, page), 0);
    close(fd);
}

/* The errno with which @fd is refused, and the reservation left as it was; -1 if it was not. */
static int
errno_of_mapping(int fd, int protection)
{
    char *address = reserve(page);
    int saved_errno = daxwin_host_map_over(address, page, protection, fd, 0);
    bool is_intact = bytes_in_use(address, page) == page && !is_readable(address);

    assert_int_equal(daxwin_host_release(address, page), 0);
    return is_intact ? saved_errno : -1;
}

static void
mapping_of_a_bad_descriptor_is_refused(void **state)
{
    (void)state;
    assert_int_equal(errno_of_mapping(-1, PROT_READ), EBADF);
}

static void
mapping_of_a_mere_path_is_refused(void **state)
{
    int fd = open("/", O_PATH | O_CLOEXEC);

    (void)state;
    assert_int_equal(errno_of_mapping(fd, PROT_READ), EBADF);
    close(fd);
}

static void
mapping_of_a_directory_is_refused(void **state)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_int_equal(errno_of_mapping(fd, PROT_READ), ENODEV);
    close(fd);
}

static void
mapping_of_a_pipe_is_refused(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(errno_of_mapping(ends[0], PROT_READ), ENODEV);
    close(ends[0]);
    close(ends[1]);
}

/* The kernel learns from the socket itself that it cannot be mapped, and some kernels have taken
 * away what was there by then. */
static void
hole_after_a_late_refusal_can_be_reserved(void **state)
{
    char *address;
    int saved_errno;
    int fd;

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind does not know MAP_FIXED_NOREPLACE");
    }
    address = reserve(3 * page);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(daxwin_host_map_over(address + page, page, PROT_READ, fd, 0), ENODEV);
    saved_errno = daxwin_host_reserve_hole(address + page, page, PROT_NONE);
    assert_true(saved_errno == 0 || saved_errno == EEXIST);
    assert_int_equal(bytes_in_use(address, 3 * page), 3 * page);
    assert_false(is_readable(address + page));
    assert_int_equal(daxwin_host_release(address, 3 * page), 0);
    close(fd);
}

/* The same file, opened anew in another mode. */
static int
open_again(int fd, int flags)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    int other = open(path, flags | O_CLOEXEC);

    assert_true(other >= 0);
    return other;
}

static void
mapping_against_the_mode_of_opening_is_refused(void **state)
{
    int fd = make_file(1);
    int read_only = open_again(fd, O_RDONLY);
    int write_only = open_again(fd, O_WRONLY);

    (void)state;
    assert_int_equal(errno_of_mapping(read_only, PROT_READ | PROT_WRITE), EACCES);
    assert_int_equal(errno_of_mapping(write_only, PROT_READ), EACCES);
    close(read_only);
    close(write_only);
    close(fd);
}

static void
mapping_elsewhere_shows_its_piece_of_the_file(void **state)
{
    int fd = make_file(3);
    void *address = NULL;
    char byte = 0;

    (void)state;
    assert_int_equal(daxwin_host_map(2 * page, PROT_READ | PROT_WRITE, fd, page, &address), 0);
    assert_int_equal(((char *)address)[0], 2);
    assert_int_equal(((char *)address)[page], 3);
    ((char *)address)[1] = 'x';
    assert_int_equal(pread(fd, &byte, 1, (off_t)page + 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    close(fd);
}

static void
refused_mapping_elsewhere_gives_its_errno(void **state)
{
    void *address = &page;

    (void)state;
    assert_int_equal(daxwin_host_map(page, PROT_READ, -1, 0, &address), EBADF);
    assert_ptr_equal(address, &page);
}

static void
protection_of_a_part_is_changed(void **state)
{
    char *address = reserve(3 * page);

    (void)state;
    assert_int_equal(daxwin_host_protect(address + page, page, PROT_READ), 0);
    assert_false(is_readable(address));
    assert_true(is_readable(address + page));
    assert_false(is_readable(address + 2 * page));
    assert_int_equal(daxwin_host_protect(address + page, page, PROT_NONE), 0);
    assert_false(is_readable(address + page));
    assert_int_equal(daxwin_host_release(address, 3 * page), 0);
}

static void
protection_of_a_hole_is_not_changed(void **state)
{
    SKIP_IN_USER_EMULATOR();

    char *address = reserve(page);

    (void)state;
    assert_int_equal(daxwin_host_release(address, page), 0);
    assert_int_equal(daxwin_host_protect(address, page, PROT_READ), ENOMEM);
}

static void
guarded_memory_faults_and_takes_no_area(void **state)
{
    SKIP_IN_USER_EMULATOR();

    char *address = reserve(3 * page);
    int fd = make_file(3);
    int saved_errno;

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, 3 * page, PROT_READ, fd, 0), 0);
    saved_errno = daxwin_host_guard(address + page, page);
    if (saved_errno == 0) {
        assert_true(is_readable(address));
        assert_false(is_readable(address + page));
        assert_true(is_readable(address + 2 * page));
        assert_int_equal(count_areas(address, 3 * page), 1);
    }
    assert_int_equal(daxwin_host_release(address, 3 * page), 0);
    close(fd);
    if (saved_errno != 0) {
        assert_int_equal(saved_errno, EINVAL);
        SKIP_BECAUSE("this kernel has no guard markers for files");
    }
}

/* Whether this kernel can be asked whether memory would fault. */
static bool
can_probe(void)
{
    char *address = reserve(page);
    int fd = make_file(1);
    bool is_done = daxwin_host_map_over(address, page, PROT_READ, fd, 0) == 0 &&
                   daxwin_host_probe(address, page, false) == 0;

    assert_int_equal(daxwin_host_release(address, page), 0);
    close(fd);
    return is_done;
}

static void
probe_tells_pages_of_a_file_from_those_beyond_its_end(void **state)
{
    SKIP_IN_USER_EMULATOR();

    char *address = reserve(2 * page);
    int fd = make_file(1);

    (void)state;
    if (!can_probe()) {
        assert_int_equal(daxwin_host_release(address, 2 * page), 0);
        SKIP_BECAUSE("this kernel cannot populate page tables on request");
    }
    assert_int_equal(daxwin_host_map_over(address, 2 * page, PROT_READ | PROT_WRITE, fd, 0), 0);
    assert_int_equal(daxwin_host_probe(address, page, false), 0);
    assert_int_equal(daxwin_host_probe(address, page, true), 0);
    assert_int_equal(daxwin_host_probe(address + page, page, false), EFAULT);
    assert_int_equal(daxwin_host_probe(address + page, page, true), EFAULT);
    assert_int_equal(address[0], 1);
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    close(fd);
}

static void
probe_for_writing_of_a_mapping_for_reading_is_no_fault(void **state)
{
    SKIP_IN_USER_EMULATOR();

    char *address = reserve(page);
    int fd = make_file(1);
    int saved_errno;

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ, fd, 0), 0);
    saved_errno = daxwin_host_probe(address, page, true);
    assert_true(saved_errno != 0 && saved_errno != EFAULT && saved_errno != EHWPOISON);
    assert_int_equal(daxwin_host_release(address, page), 0);
    close(fd);
}

static void
lazy_memory_is_all_zeros_and_can_be_written(void **state)
{
    void *address = NULL;
    char *bytes;

    (void)state;
    assert_int_equal(daxwin_host_allocate_lazily(8 * page, &address), 0);
    bytes = address;
    assert_int_equal(bytes[8 * page - 1], 0);
    bytes[3 * page] = 'x';
    assert_int_equal(bytes[3 * page], 'x');
    assert_int_equal(daxwin_host_release(address, 8 * page), 0);
}

static void
lazy_memory_beyond_the_address_space_is_refused(void **state)
{
    void *address = &page;

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses it with an errno of its own");
    }
    assert_int_equal(daxwin_host_allocate_lazily(SIZE_MAX - page + 1, &address), ENOMEM);
    assert_ptr_equal(address, &page);
}

static void
copies_go_both_ways(void **state)
{
    SKIP_IN_USER_EMULATOR();

    char *address = reserve(page);
    int fd = make_file(1);
    char bytes[4] = { 0 };
    size_t copied = 0;

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ | PROT_WRITE, fd, 0), 0);
    assert_int_equal(daxwin_host_copy_to(address + 5, "abc", 3, &copied), 0);
    assert_int_equal(copied, 3);
    assert_int_equal(daxwin_host_copy_from(bytes, address + 4, 4, &copied), 0);
    assert_int_equal(copied, 4);
    assert_memory_equal(bytes, "\1abc", 4);
    assert_int_equal(daxwin_host_release(address, page), 0);
    close(fd);
}

static void
copies_end_where_memory_faults(void **state)
{
    SKIP_IN_USER_EMULATOR();

    char *address = reserve(2 * page);
    int fd = make_file(1);
    g_autofree char *bytes = g_malloc0(2 * page);
    size_t copied = 77;

    (void)state;
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ | PROT_WRITE, fd, 0), 0);
    assert_int_equal(daxwin_host_copy_from(bytes, address + page, 1, &copied), EFAULT);
    assert_int_equal(daxwin_host_copy_to(address + page, bytes, 1, &copied), EFAULT);
    assert_int_equal(copied, 77);
    assert_int_equal(daxwin_host_copy_from(bytes, address, 2 * page, &copied), 0);
    assert_int_equal(copied, page);
    assert_int_equal(bytes[page - 1], 1);
    assert_int_equal(daxwin_host_copy_to(address, bytes, 2 * page, &copied), 0);
    assert_int_equal(copied, page);
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    close(fd);
}

static void
wait_for_a_word_that_has_changed_returns_at_once_and_leaves_errno_alone(void **state)
{
    int word = 1;

    (void)state;
    errno = ENXIO;
    daxwin_host_wait(&word, 2);
    assert_int_equal(errno, ENXIO);
}

/* A thread that sleeps until the word at @user_data is no longer 1. */
static void *
sleep_while_one(void *user_data)
{
    int *word = user_data;

    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == 1) {
        daxwin_host_wait(word, 1);
    }
    return NULL;
}

static void
sleeper_is_woken(void **state)
{
    int word = 1;
    pthread_t sleeper;

    (void)state;
    assert_int_equal(pthread_create(&sleeper, NULL, sleep_while_one, &word), 0);
    usleep(20000);
    __atomic_store_n(&word, 2, __ATOMIC_RELEASE);
    daxwin_host_wake(&word);
    assert_int_equal(pthread_join(sleeper, NULL), 0);
}

static void
wake_without_a_sleeper_does_nothing(void **state)
{
    int word = 1;

    (void)state;
    errno = ENXIO;
    daxwin_host_wake(&word);
    assert_int_equal(word, 1);
    assert_int_equal(errno, ENXIO);
}

static void
number_of_areas_allowed_is_that_of_the_kernel(void **state)
{
    g_autofree char *text = NULL;
    size_t count = 0;

    (void)state;
    if (!g_file_get_contents("/proc/sys/vm/max_map_count", &text, NULL, NULL)) {
        SKIP_BECAUSE("this sandbox hides /proc/sys");
    }
    assert_int_equal(daxwin_host_read_max_map_count(&count), 0);
    assert_int_equal(count, g_ascii_strtoull(text, NULL, 10));
}

static void
released_memory_is_a_hole(void **state)
{
    char *address = reserve(2 * page);

    (void)state;
    assert_int_equal(daxwin_host_release(address, page), 0);
    assert_int_equal(bytes_in_use(address, 2 * page), page);
    assert_int_equal(daxwin_host_release(address + page, page), 0);
    assert_int_equal(bytes_in_use(address, 2 * page), 0);
}

static void
release_of_an_odd_address_is_refused(void **state)
{
    char *address = reserve(page);

    (void)state;
    assert_int_equal(daxwin_host_release(address + 1, page), EINVAL);
    assert_int_equal(daxwin_host_release(address, page), 0);
}

static void
duplicate_shows_the_same_file(void **state)
{
    char *address = reserve(3 * page);
    void *copy = NULL;
    int fd = make_file(3);

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses to duplicate mappings");
    }
    assert_int_equal(daxwin_host_map_over(address, 3 * page, PROT_READ | PROT_WRITE, fd, 0), 0);
    assert_int_equal(daxwin_host_duplicate(address + page, 2 * page, &copy), 0);
    assert_int_equal(((char *)copy)[0], 2);
    address[2 * page] = 'z';
    assert_int_equal(((char *)copy)[page], 'z');
    assert_int_equal(daxwin_host_release(copy, 2 * page), 0);
    assert_int_equal(address[page], 2);
    assert_int_equal(daxwin_host_release(address, 3 * page), 0);
    close(fd);
}

static void
duplicate_of_a_hole_is_refused(void **state)
{
    char *address = reserve(page);
    void *copy = &page;

    (void)state;
    assert_int_equal(daxwin_host_release(address, page), 0);
    assert_int_not_equal(daxwin_host_duplicate(address, page, &copy), 0);
    assert_ptr_equal(copy, &page);
}

static void
moved_mapping_replaces_what_was_there(void **state)
{
    char *window = reserve(page);
    char *elsewhere = reserve(page);
    int fd = make_file(2);

    (void)state;
    assert_int_equal(daxwin_host_map_over(window, page, PROT_READ, fd, 0), 0);
    assert_int_equal(daxwin_host_map_over(elsewhere, page, PROT_READ, fd, page), 0);
    assert_int_equal(daxwin_host_move_over(elsewhere, page, window), 0);
    assert_int_equal(window[0], 2);
    assert_int_equal(bytes_in_use(elsewhere, page), 0);
    assert_int_equal(daxwin_host_release(window, page), 0);
    close(fd);
}

static void
move_of_a_hole_is_refused(void **state)
{
    char *window;
    char *elsewhere;

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind crashes when a hole is to be moved");
    }
    window = reserve(page);
    elsewhere = reserve(page);
    assert_int_equal(daxwin_host_release(elsewhere, page), 0);
    assert_int_not_equal(daxwin_host_move_over(elsewhere, page, window), 0);
    assert_int_equal(daxwin_host_release(window, page), 0);
}

static void
sync_of_a_mapping_and_of_idle_memory_is_done(void **state)
{
    char *address = reserve(2 * page);
    FILE *file = tmpfile();

    (void)state;
    assert_int_equal(ftruncate(fileno(file), (off_t)page), 0);
    assert_int_equal(daxwin_host_map_over(address, page, PROT_READ | PROT_WRITE, fileno(file), 0),
                     0);
    address[0] = 'x';
    assert_int_equal(daxwin_host_sync(address, 2 * page), 0);
    assert_int_equal(daxwin_host_release(address, 2 * page), 0);
    fclose(file);
}

static void
sync_of_a_hole_is_refused(void **state)
{
    char *address = reserve(page);

    (void)state;
    assert_int_equal(daxwin_host_release(address, page), 0);
    if (testing_is_in_user_emulator() && sizeof(void *) < sizeof(uint64_t)) {
        SKIP_BECAUSE("the emulator keeps all address space of a 32-bit program reserved");
    }
    assert_int_equal(daxwin_host_sync(address, page), ENOMEM);
}

static void
file_is_identified_as_fstat_does(void **state)
{
    int fd = make_file(1);
    struct stat status;
    DaxwinFileId id = { 0 };
    uint64_t size = 0;
    unsigned mode = 0;

    (void)state;
    assert_int_equal(ftruncate(fd, (off_t)page + 7), 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(daxwin_host_identify(fd, &id, &size, &mode), 0);
    assert_int_equal(size, page + 7);
    assert_int_equal(id.device, status.st_dev);
    assert_int_equal(id.inode, status.st_ino);
    assert_int_equal(mode, status.st_mode);
    close(fd);
}

static void
bad_descriptor_is_not_identified(void **state)
{
    DaxwinFileId id = { 1, 2 };
    uint64_t size = 4;
    unsigned mode = 3;

    (void)state;
    assert_int_equal(daxwin_host_identify(-1, &id, &size, &mode), EBADF);
    assert_int_equal(size, 4);
    assert_int_equal(id.device, 1);
    assert_int_equal(id.inode, 2);
    assert_int_equal(mode, 3);
}

static void
file_in_memory_is_on_a_tmpfs(void **state)
{
    int fd = make_file(1);
    uint64_t type = 0;
    size_t block = 0;

    (void)state;
    assert_int_equal(daxwin_host_identify_filesystem(fd, &type, &block), 0);
    assert_int_equal(type, TMPFS_MAGIC);
    assert_int_equal(block, page);
    close(fd);
}

static void
file_of_huge_pages_is_in_blocks_of_those(void **state)
{
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
    uint64_t type = 0;
    size_t block = 0;

    (void)state;
    if (fd < 0) {
        SKIP_BECAUSE("this kernel has no hugetlbfs");
    }
    assert_int_equal(daxwin_host_identify_filesystem(fd, &type, &block), 0);
    assert_true(type == HUGETLBFS_MAGIC);
    assert_true(block > page);
    assert_int_equal(block & (block - 1), 0);
    close(fd);
}

static void
bad_descriptor_is_on_no_filesystem(void **state)
{
    uint64_t type = 5;
    size_t block = 6;

    (void)state;
    assert_int_equal(daxwin_host_identify_filesystem(-1, &type, &block), EBADF);
    assert_int_equal(type, 5);
    assert_int_equal(block, 6);
}

static void
seals_of_a_memfd_are_told(void **state)
{
    int open_one = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int seals = 77;

    (void)state;
    assert_int_equal(fcntl(open_one, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    assert_int_equal(daxwin_host_get_seals(open_one, &seals), 0);
    assert_int_equal(seals & (F_SEAL_SHRINK | F_SEAL_SEAL | F_SEAL_GROW), F_SEAL_SHRINK);
    close(open_one);
}

static void
file_that_cannot_be_sealed_has_no_seals(void **state)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int seals = 77;

    (void)state;
    assert_int_equal(daxwin_host_get_seals(fd, &seals), EINVAL);
    assert_int_equal(daxwin_host_get_seals(-1, &seals), EBADF);
    assert_int_equal(seals, 77);
    close(fd);
}

static void
mode_of_opening_is_told(void **state)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int flags = 0;

    (void)state;
    assert_int_equal(daxwin_host_open_flags(fd, &flags), 0);
    assert_int_equal(flags & O_ACCMODE, O_WRONLY);
    close(fd);
}

static void
bad_descriptor_has_no_mode_of_opening(void **state)
{
    int flags = 77;

    (void)state;
    assert_int_equal(daxwin_host_open_flags(-1, &flags), EBADF);
    assert_int_equal(flags, 77);
}

/* A DaxwinHostLineFunc over the number of lines that may still come. */
static bool
count_down(const char *line, void *user_data)
{
    int *left = user_data;

    assert_null(strchr(line, '\n'));
    return --*left > 0;
}

static void
listing_ends_when_no_more_is_wanted(void **state)
{
    int left = 2;

    (void)state;
    assert_int_equal(daxwin_host_list_areas(count_down, &left), 0);
    assert_int_equal(left, 0);
}

static void
listing_has_every_area_without_newlines(void **state)
{
    int left = 1000000;

    (void)state;
    assert_int_equal(daxwin_host_list_areas(count_down, &left), 0);
    assert_in_range(left, 1, 1000000 - 3);
}

static void
listing_without_free_descriptors_is_refused(void **state)
{
    struct rlimit limit;
    struct rlimit none;
    Census census = { 0 };
    int saved_errno;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){ 0, limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    saved_errno = daxwin_host_list_areas(count_area, &census);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(saved_errno, EMFILE);
}

static void
listing_leaves_no_descriptor_behind(void **state)
{
    int before = dup(0);
    int left = 2;
    int after;

    (void)state;
    close(before);
    assert_int_equal(daxwin_host_list_areas(count_down, &left), 0);
    after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

static void
pieces_are_read_from_their_place_in_the_file(void **state)
{
    int fd = make_file(3);
    char first[3] = { 0 };
    char second[3] = { 0 };
    struct iovec pieces[] = { { first, sizeof first }, { second, sizeof second } };
    size_t moved = 0;

    (void)state;
    assert_int_equal(daxwin_host_read(fd, pieces, 2, 2 * page - 3, &moved), 0);
    assert_int_equal(moved, 6);
    assert_memory_equal(first, "\2\2\2", 3);
    assert_memory_equal(second, "\3\3\3", 3);
    close(fd);
}

static void
reading_ends_with_the_file(void **state)
{
    int fd = make_file(1);
    char bytes[10];
    struct iovec piece = { bytes, sizeof bytes };
    size_t moved = 77;

    (void)state;
    assert_int_equal(daxwin_host_read(fd, &piece, 1, page - 4, &moved), 0);
    assert_int_equal(moved, 4);
    assert_int_equal(daxwin_host_read(fd, &piece, 1, page, &moved), 0);
    assert_int_equal(moved, 0);
    close(fd);
}

static void
pieces_are_written_to_their_place_in_the_file(void **state)
{
    int fd = make_file(2);
    char first[] = { 'a', 'b' };
    char second[] = { 'c' };
    struct iovec pieces[] = { { first, sizeof first }, { second, sizeof second } };
    char bytes[5] = { 0 };
    size_t moved = 0;

    (void)state;
    assert_int_equal(daxwin_host_write(fd, pieces, 2, page, &moved), 0);
    assert_int_equal(moved, 3);
    assert_int_equal(pread(fd, bytes, 5, (off_t)page - 1), 5);
    assert_memory_equal(bytes, "\1abc\2", 5);
    close(fd);
}

static void
refused_reads_and_writes_give_their_errno(void **state)
{
    int fd = make_file(1);
    char *beyond_end = reserve(page);
    struct iovec piece = { beyond_end, 1 };
    size_t moved = 77;

    (void)state;
    assert_int_equal(daxwin_host_map_over(beyond_end, page, PROT_READ | PROT_WRITE, fd, page), 0);
    assert_int_equal(daxwin_host_read(-1, &piece, 1, 0, &moved), EBADF);
    assert_int_equal(daxwin_host_write(-1, &piece, 1, 0, &moved), EBADF);
    assert_int_equal(daxwin_host_read(fd, &piece, 1, 0, &moved), EFAULT);
    assert_int_equal(daxwin_host_write(fd, &piece, 1, 0, &moved), EFAULT);
    assert_int_equal(moved, 77);
    assert_int_equal(daxwin_host_release(beyond_end, page), 0);
    close(fd);
}

/* One of the capability sets of this thread, as the kernel writes it. */
static uint64_t
capabilities_in_status(const char *key)
{
    g_autofree char *text = NULL;
    const char *line;

    assert_true(g_file_get_contents("/proc/thread-self/status", &text, NULL, NULL));
    line = strstr(text, key);
    assert_non_null(line);
    return g_ascii_strtoull(line + strlen(key), NULL, 16);
}

static void
capabilities_are_those_of_the_kernel(void **state)
{
    DaxwinHostCapabilities capabilities;

    (void)state;
    assert_int_equal(daxwin_host_get_capabilities(&capabilities), 0);
    assert_int_equal(capabilities.effective, capabilities_in_status("CapEff:"));
    assert_int_equal(capabilities.permitted, capabilities_in_status("CapPrm:"));
    assert_int_equal(capabilities.inheritable, capabilities_in_status("CapInh:"));
}

static void
dropped_capabilities_are_gone_until_they_are_set_again(void **state)
{
    DaxwinHostCapabilities before;
    DaxwinHostCapabilities none;

    (void)state;
    assert_int_equal(daxwin_host_get_capabilities(&before), 0);
    none = before;
    none.effective = 0;
    assert_int_equal(daxwin_host_set_capabilities(&none), 0);
    assert_int_equal(capabilities_in_status("CapEff:"), 0);
    assert_int_equal(capabilities_in_status("CapPrm:"), before.permitted);
    assert_int_equal(daxwin_host_set_capabilities(&before), 0);
    assert_int_equal(capabilities_in_status("CapEff:"), before.effective);
}

static void
capabilities_that_are_not_permitted_are_refused(void **state)
{
    DaxwinHostCapabilities more;

    (void)state;
    assert_int_equal(daxwin_host_get_capabilities(&more), 0);
    more.permitted &= ~UINT64_C(1);
    more.effective |= UINT64_C(1);
    assert_int_equal(daxwin_host_set_capabilities(&more), EPERM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_size_is_that_of_the_kernel),
        cmocka_unit_test(reserved_memory_has_its_protection),
        cmocka_unit_test(reservation_beyond_the_address_space_is_refused),
        cmocka_unit_test(reservation_over_a_mapping_replaces_it),
        cmocka_unit_test(reservation_over_an_odd_address_is_refused),
        cmocka_unit_test(hole_can_be_reserved_again),
        cmocka_unit_test(hole_in_use_is_refused_and_left_alone),
        cmocka_unit_test(hole_of_no_length_is_refused),
#ifdef __GLIBC__
        cmocka_unit_test_teardown(hole_can_be_reserved_on_an_old_kernel, stop_pretending),
        cmocka_unit_test_teardown(hole_in_use_is_refused_on_an_old_kernel, stop_pretending),
        cmocka_unit_test_teardown(listing_that_cannot_be_read_is_reported, stop_pretending),
        cmocka_unit_test_teardown(number_of_areas_allowed_must_be_told, stop_pretending),
        cmocka_unit_test_teardown(filesystem_numbers_have_no_sign, stop_pretending),
#endif
        cmocka_unit_test(mapping_shows_its_piece_of_the_file),
        cmocka_unit_test(mapping_is_shared_with_the_file),
        cmocka_unit_test(mapping_outlives_its_descriptor),
        cmocka_unit_test(mapping_beyond_the_end_of_the_file_is_made_but_faults),
        cmocka_unit_test(character_device_can_be_mapped),
        cmocka_unit_test(mapping_of_a_bad_descriptor_is_refused),
        cmocka_unit_test(mapping_of_a_mere_path_is_refused),
        cmocka_unit_test(mapping_of_a_directory_is_refused),
        cmocka_unit_test(mapping_of_a_pipe_is_refused),
        cmocka_unit_test(hole_after_a_late_refusal_can_be_reserved),
        cmocka_unit_test(mapping_against_the_mode_of_opening_is_refused),
        cmocka_unit_test(mapping_elsewhere_shows_its_piece_of_the_file),
        cmocka_unit_test(refused_mapping_elsewhere_gives_its_errno),
        cmocka_unit_test(protection_of_a_part_is_changed),
        cmocka_unit_test(protection_of_a_hole_is_not_changed),
        cmocka_unit_test(guarded_memory_faults_and_takes_no_area),
        cmocka_unit_test(probe_tells_pages_of_a_file_from_those_beyond_its_end),
        cmocka_unit_test(probe_for_writing_of_a_mapping_for_reading_is_no_fault),
        cmocka_unit_test(lazy_memory_is_all_zeros_and_can_be_written),
        cmocka_unit_test(lazy_memory_beyond_the_address_space_is_refused),
        cmocka_unit_test(copies_go_both_ways),
        cmocka_unit_test(copies_end_where_memory_faults),
        cmocka_unit_test(wait_for_a_word_that_has_changed_returns_at_once_and_leaves_errno_alone),
        cmocka_unit_test(sleeper_is_woken),
        cmocka_unit_test(wake_without_a_sleeper_does_nothing),
        cmocka_unit_test(number_of_areas_allowed_is_that_of_the_kernel),
        cmocka_unit_test(released_memory_is_a_hole),
        cmocka_unit_test(release_of_an_odd_address_is_refused),
        cmocka_unit_test(duplicate_shows_the_same_file),
        cmocka_unit_test(duplicate_of_a_hole_is_refused),
        cmocka_unit_test(moved_mapping_replaces_what_was_there),
        cmocka_unit_test(move_of_a_hole_is_refused),
        cmocka_unit_test(sync_of_a_mapping_and_of_idle_memory_is_done),
        cmocka_unit_test(sync_of_a_hole_is_refused),
        cmocka_unit_test(file_is_identified_as_fstat_does),
        cmocka_unit_test(bad_descriptor_is_not_identified),
        cmocka_unit_test(file_in_memory_is_on_a_tmpfs),
        cmocka_unit_test(file_of_huge_pages_is_in_blocks_of_those),
        cmocka_unit_test(bad_descriptor_is_on_no_filesystem),
        cmocka_unit_test(seals_of_a_memfd_are_told),
        cmocka_unit_test(file_that_cannot_be_sealed_has_no_seals),
        cmocka_unit_test(mode_of_opening_is_told),
        cmocka_unit_test(bad_descriptor_has_no_mode_of_opening),
        cmocka_unit_test(listing_ends_when_no_more_is_wanted),
        cmocka_unit_test(listing_has_every_area_without_newlines),
        cmocka_unit_test(listing_without_free_descriptors_is_refused),
        cmocka_unit_test(listing_leaves_no_descriptor_behind),
        cmocka_unit_test(pieces_are_read_from_their_place_in_the_file),
        cmocka_unit_test(reading_ends_with_the_file),
        cmocka_unit_test(pieces_are_written_to_their_place_in_the_file),
        cmocka_unit_test(refused_reads_and_writes_give_their_errno),
        cmocka_unit_test(capabilities_are_those_of_the_kernel),
        cmocka_unit_test(dropped_capabilities_are_gone_until_they_are_set_again),
        cmocka_unit_test(capabilities_that_are_not_permitted_are_refused),
    };

    return cmocka_run_group_tests(tests, ask_for_page_size, NULL);
}
