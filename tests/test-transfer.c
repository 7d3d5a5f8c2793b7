/* SPDX-License-Identifier: BSD-3-Clause */
/* test-transfer.c: bytes between files and guest memory, with all that can get in the way. */
#include "support/pages.h"
#include "support/testing.h"

#include "host.h"

#include <daxwin/error.h>
#include <daxwin/transfer.h>

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/capability.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_PIECES = 64,
    MOST_BYTES = 1 << 30,
    RAM_PAGES = 4
};

static const DaxwinDirection TO_GUEST = DAXWIN_TRANSFER_TO_GUEST;
static const DaxwinDirection FROM_GUEST = DAXWIN_TRANSFER_FROM_GUEST;
static const uint64_t RAM_AT = 0x100000; /* where the guest sees its memory */
static const char NEEDS_FSETID[] = "this needs CAP_FSETID, as root has it";
static const uint64_t FSETID = UINT64_C(1) << CAP_FSETID;

/* What the stand-ins for the host count, and do instead of it. */
typedef struct {
    int reads;
    int writes;
    int most_pieces;       /* that one call was given */
    uint64_t most_bytes;   /* that one call was asked for */
    int interruptions;     /* calls still to be interrupted */
    int refuse_with;       /* errno of a read or write, 0 to let it through */
    int refuse_after;      /* how many calls come through before */
    size_t cut_to;         /* bytes that one call moves at most, 0 for no limit */
    bool moves_nothing;    /* and says that it succeeded */
    void (*inside)(void);  /* called inside a write, or NULL */
    int capability_gets;   /* how often the capabilities were asked for */
    int capability_sets;   /* and set */
    int refuse_get_with;   /* errno, 0 to let it through */
    int refuse_set_with;   /* errno, 0 to let it through */
    int refuse_set_number; /* which call, from 1 */
    int refuse_flags_with; /* errno of asking how a file was opened, 0 to let it through */
} Host;

static Host host;

int __real_daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                            size_t *moved);
int __wrap_daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                            size_t *moved);
int __real_daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                             size_t *moved);
int __wrap_daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                             size_t *moved);
int __real_daxwin_host_open_flags(int fd, int *flags);
int __wrap_daxwin_host_open_flags(int fd, int *flags);
int __real_daxwin_host_get_capabilities(DaxwinHostCapabilities *out);
int __wrap_daxwin_host_get_capabilities(DaxwinHostCapabilities *out);
int __real_daxwin_host_set_capabilities(const DaxwinHostCapabilities *capabilities);
int __wrap_daxwin_host_set_capabilities(const DaxwinHostCapabilities *capabilities);

static void
note_pieces(const struct iovec *pieces, int n)
{
    uint64_t bytes = 0;

    for (int i = 0; i < n; i++) {
        bytes += pieces[i].iov_len;
    }
    host.most_pieces = MAX(host.most_pieces, n);
    host.most_bytes = MAX(host.most_bytes, bytes);
}

/* The errno of this call of read or write, or 0. */
static int
refusal_of_call(void)
{
    if (host.interruptions > 0) {
        host.interruptions--;
        return EINTR;
    }
    if (host.refuse_after > 0) {
        host.refuse_after--;
        return 0;
    }
    return host.refuse_with;
}

/* The first piece alone, no longer than a call may move. */
static struct iovec
cut_piece(const struct iovec *pieces)
{
    return (struct iovec){ pieces[0].iov_base, MIN(pieces[0].iov_len, host.cut_to) };
}

int
__wrap_daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                        size_t *moved)
{
    int refusal = refusal_of_call();

    host.reads++;
    note_pieces(pieces, n);
    if (refusal != 0) {
        return refusal;
    }
    if (host.cut_to != 0) {
        struct iovec cut = cut_piece(pieces);

        return __real_daxwin_host_read(fd, &cut, 1, file_offset, moved);
    }
    return __real_daxwin_host_read(fd, pieces, n, file_offset, moved);
}

int
__wrap_daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                         size_t *moved)
{
    int refusal = refusal_of_call();

    host.writes++;
    note_pieces(pieces, n);
    if (host.inside != NULL) {
        host.inside();
    }
    if (refusal != 0) {
        return refusal;
    }
    if (host.moves_nothing) {
        *moved = 0;
        return 0;
    }
    if (host.cut_to != 0) {
        struct iovec cut = cut_piece(pieces);

        return __real_daxwin_host_write(fd, &cut, 1, file_offset, moved);
    }
    return __real_daxwin_host_write(fd, pieces, n, file_offset, moved);
}

int
__wrap_daxwin_host_open_flags(int fd, int *flags)
{
    return host.refuse_flags_with != 0 ? host.refuse_flags_with
                                       : __real_daxwin_host_open_flags(fd, flags);
}

int
__wrap_daxwin_host_get_capabilities(DaxwinHostCapabilities *out)
{
    host.capability_gets++;
    return host.refuse_get_with != 0 ? host.refuse_get_with
                                     : __real_daxwin_host_get_capabilities(out);
}

int
__wrap_daxwin_host_set_capabilities(const DaxwinHostCapabilities *capabilities)
{
    host.capability_sets++;
    if (host.refuse_set_with != 0 && host.capability_sets == host.refuse_set_number) {
        return host.refuse_set_with;
    }
    return __real_daxwin_host_set_capabilities(capabilities);
}

/* A guest with one stretch of memory, and a file. */
typedef struct {
    char *ram;
    uint64_t ram_length;
    size_t piece;        /* the resolver gives no more than this at a time */
    uint64_t hole_at;    /* guest address from which on it finds nothing */
    bool is_read_only;   /* to the guest */
    bool gives_nothing;  /* an address, but a length of 0 */
    bool gives_too_much; /* twice what was asked for */
    size_t most_asked;   /* the longest length it was asked for */
    int questions;
    int fd;
    DaxwinHostCapabilities capabilities; /* of this thread, before the test */
} Guest;

/* A DaxwinResolveFunc over a Guest. */
static void *
resolve(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    Guest *guest = user_data;
    uint64_t offset = guest_address - RAM_AT;

    guest->questions++;
    guest->most_asked = MAX(guest->most_asked, *length);
    assert_int_not_equal(*length, 0);
    if (guest_address < RAM_AT || offset >= guest->ram_length || guest_address >= guest->hole_at ||
        (for_write && guest->is_read_only)) {
        return NULL;
    }
    if (guest->gives_nothing) {
        *length = 0;
    } else if (guest->gives_too_much) {
        *length *= 2;
    } else {
        *length = MIN(MIN(*length, guest->piece), guest->ram_length - offset);
    }
    return guest->ram + offset;
}

static int
open_guest(void **state)
{
    Guest *guest = g_new0(Guest, 1);

    *state = guest;
    host = (Host){ 0 };
    guest->ram_length = pages(RAM_PAGES);
    guest->ram =
        mmap(NULL, guest->ram_length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    guest->piece = SIZE_MAX;
    guest->hole_at = UINT64_MAX;
    guest->fd = new_marked_file(1, RAM_PAGES);
    return guest->ram != MAP_FAILED && guest->fd >= 0 &&
                   __real_daxwin_host_get_capabilities(&guest->capabilities) == 0
               ? 0
               : -1;
}

static int
close_guest(void **state)
{
    Guest *guest = *state;
    int saved_errno = __real_daxwin_host_set_capabilities(&guest->capabilities);

    (void)munmap(guest->ram, guest->ram_length);
    (void)close(guest->fd);
    g_free(guest);
    return saved_errno;
}

static DaxwinTransfer
transfer(uint64_t file_offset, uint64_t ram_offset, uint64_t length, DaxwinDirection direction)
{
    return (DaxwinTransfer){ file_offset, RAM_AT + ram_offset, length, direction };
}

/* The result of one transfer: @done and, if it failed, the error. */
static bool
run_one(Guest *guest, DaxwinTransfer one, DaxwinTransferFlags flags, uint64_t *done, GError **error)
{
    return daxwin_transfer_run(guest->fd, &one, 1, flags, resolve, guest, done, error);
}

/* Whether one transfer fails with @code after @expected_done bytes. */
static bool
fails_with(Guest *guest, DaxwinTransfer one, DaxwinError code, uint64_t expected_done)
{
    uint64_t done = UINT64_MAX;
    g_autoptr(GError) error = NULL;

    return !run_one(guest, one, DAXWIN_TRANSFER_DEFAULT, &done, &error) &&
           g_error_matches(error, DAXWIN_ERROR, (int)code) && done == expected_done;
}

/* Whether one transfer ends well after @expected_done bytes. */
static bool
moves(Guest *guest, DaxwinTransfer one, uint64_t expected_done)
{
    uint64_t done = UINT64_MAX;
    g_autoptr(GError) error = NULL;

    return run_one(guest, one, DAXWIN_TRANSFER_DEFAULT, &done, &error) && error == NULL &&
           done == expected_done;
}

static uint64_t
size_of(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return (uint64_t)status.st_size;
}

/* Fills guest memory with bytes that differ from their neighbours. */
static void
fill_ram(Guest *guest)
{
    for (uint64_t i = 0; i < guest->ram_length; i++) {
        guest->ram[i] = (char)(i * 7 + i / 251);
    }
}

/* Whether the file shows at @file_offset what guest memory holds at @ram_offset. */
static bool
is_in_file(Guest *guest, uint64_t file_offset, uint64_t ram_offset, uint64_t length)
{
    g_autofree char *bytes = g_malloc(length);

    return pread(guest->fd, bytes, length, (off_t)file_offset) == (ssize_t)length &&
           memcmp(bytes, guest->ram + ram_offset, length) == 0;
}

static void
file_is_read_into_guest_memory(void **state)
{
    Guest *guest = *state;

    assert_true(moves(guest, transfer(pages(1), 5, pages(2), TO_GUEST), pages(2)));
    assert_true(is_in_file(guest, pages(1), 5, pages(2)));
    assert_int_equal(guest->ram[4], 0);
    assert_int_equal(mark_at(guest->ram + 5), mark_of(1, 1));
}

static void
guest_memory_is_written_to_the_file(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    assert_true(moves(guest, transfer(17, 33, pages(2), FROM_GUEST), pages(2)));
    assert_true(is_in_file(guest, 17, 33, pages(2)));
}

static void
written_file_grows(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    assert_true(moves(guest, transfer(pages(RAM_PAGES) + 100, 0, 10, FROM_GUEST), 10));
    assert_int_equal(size_of(guest->fd), pages(RAM_PAGES) + 110);
}

static void
nothing_to_move_is_done_at_once(void **state)
{
    Guest *guest = *state;
    DaxwinTransfer empty[] = { transfer(0, 0, 0, TO_GUEST), transfer(0, 0, 0, FROM_GUEST) };
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    assert_true(daxwin_transfer_run(-1, NULL, 0, 0, resolve, guest, &done, &error));
    assert_int_equal(done, 0);
    done = 77;
    assert_true(daxwin_transfer_run(-1, empty, 2, 0, resolve, guest, &done, &error));
    assert_null(error);
    assert_int_equal(done, 0);
    assert_int_equal(guest->questions, 0);
    assert_int_equal(host.reads + host.writes, 0);
}

static void
short_transfers_are_continued(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    host.cut_to = 100;
    assert_true(moves(guest, transfer(3, 11, 1000, FROM_GUEST), 1000));
    assert_int_equal(host.writes, 10);
    assert_true(is_in_file(guest, 3, 11, 1000));
    memset(guest->ram, 0, guest->ram_length);
    assert_true(moves(guest, transfer(3, 11, 1000, TO_GUEST), 1000));
    assert_int_equal(host.reads, 10);
    assert_true(is_in_file(guest, 3, 11, 1000));
}

static void
interrupted_calls_are_repeated(void **state)
{
    Guest *guest = *state;

    host.interruptions = 3;
    assert_true(moves(guest, transfer(0, 0, 10, TO_GUEST), 10));
    assert_int_equal(host.reads, 4);
    host.interruptions = 2;
    assert_true(moves(guest, transfer(0, 0, 10, FROM_GUEST), 10));
    assert_int_equal(host.writes, 3);
}

static void
end_of_the_file_ends_one_transfer_only(void **state)
{
    Guest *guest = *state;
    const uint64_t end = pages(RAM_PAGES);
    DaxwinTransfer transfers[] = {
        transfer(end - 10, 0, 100, TO_GUEST),
        transfer(end, 200, 100, TO_GUEST),
        transfer(end + 1000, 400, 100, TO_GUEST),
        transfer(0, 600, 100, TO_GUEST),
    };
    uint64_t done = 0;
    g_autoptr(GError) error = NULL;

    assert_true(daxwin_transfer_run(guest->fd, transfers, 4, 0, resolve, guest, &done, &error));
    assert_null(error);
    assert_int_equal(done, 110);
    assert_true(is_in_file(guest, 0, 600, 100));
}

static void
write_that_moves_nothing_is_an_error(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    host.moves_nothing = true;
    assert_false(run_one(guest, transfer(0, 0, 10, FROM_GUEST), 0, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EIO);
    assert_int_equal(done, 0);
    assert_int_equal(host.writes, 1);
}

static void
pieces_are_gathered_into_one_call(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    guest->piece = 100;
    assert_true(moves(guest, transfer(5, 0, 1000, FROM_GUEST), 1000));
    assert_int_equal(host.writes, 1);
    assert_int_equal(host.most_pieces, 10);
    assert_true(is_in_file(guest, 5, 0, 1000));
    memset(guest->ram, 0, guest->ram_length);
    assert_true(moves(guest, transfer(5, 0, 1000, TO_GUEST), 1000));
    assert_int_equal(host.reads, 1);
    assert_int_equal(host.most_pieces, 10);
    assert_true(is_in_file(guest, 5, 0, 1000));
}

static void
most_pieces_take_one_call_and_more_take_more(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    guest->piece = 3;
    assert_true(moves(guest, transfer(0, 0, MOST_PIECES * 3, FROM_GUEST), MOST_PIECES * 3));
    assert_int_equal(host.writes, 1);
    host.writes = 0;
    assert_true(moves(guest, transfer(0, 0, MOST_PIECES * 6 + 1, FROM_GUEST), MOST_PIECES * 6 + 1));
    assert_int_equal(host.writes, 3);
    assert_int_equal(host.most_pieces, MOST_PIECES);
    assert_true(is_in_file(guest, 0, 0, MOST_PIECES * 6 + 1));
}

static void
each_transfer_takes_calls_of_its_own(void **state)
{
    Guest *guest = *state;
    DaxwinTransfer transfers[] = { transfer(0, 0, 10, TO_GUEST), transfer(10, 10, 10, TO_GUEST) };
    uint64_t done = 0;

    assert_true(daxwin_transfer_run(guest->fd, transfers, 2, 0, resolve, guest, &done, NULL));
    assert_int_equal(done, 20);
    assert_int_equal(host.reads, 2);
}

static void
read_only_memory_is_not_written(void **state)
{
    Guest *guest = *state;

    guest->is_read_only = true;
    assert_true(fails_with(guest, transfer(0, 0, 10, TO_GUEST), DAXWIN_ERROR_FAULT, 0));
    assert_int_equal(host.reads, 0);
    assert_int_equal(guest->ram[0], 0);
}

static void
read_only_memory_is_read(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    guest->is_read_only = true;
    assert_true(moves(guest, transfer(0, 0, 10, FROM_GUEST), 10));
}

static void
address_without_memory_is_a_fault(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    guest->hole_at = 0;
    assert_false(run_one(guest, transfer(0, 0, 10, FROM_GUEST), 0, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EFAULT);
    assert_non_null(strstr(error->message, "guest address 0x100000 is no memory that can be read"));
    assert_int_equal(done, 0);
    assert_int_equal(host.writes, 0);
    assert_int_equal(guest->questions, 1);
}

static void
bytes_before_an_address_without_memory_are_moved(void **state)
{
    Guest *guest = *state;

    fill_ram(guest);
    guest->piece = 100;
    guest->hole_at = RAM_AT + 250;
    assert_true(fails_with(guest, transfer(0, 0, 1000, FROM_GUEST), DAXWIN_ERROR_FAULT, 300));
    assert_int_equal(host.writes, 1);
    assert_true(is_in_file(guest, 0, 0, 300));
}

static void
failure_stops_the_transfers_behind_it(void **state)
{
    Guest *guest = *state;
    DaxwinTransfer transfers[] = {
        transfer(0, 0, 10, TO_GUEST),
        transfer(0, pages(RAM_PAGES), 10, TO_GUEST),
        transfer(0, 100, 10, TO_GUEST),
    };
    uint64_t done = 0;
    g_autoptr(GError) error = NULL;

    assert_false(daxwin_transfer_run(guest->fd, transfers, 3, 0, resolve, guest, &done, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    assert_int_equal(done, 10);
    assert_int_equal(guest->ram[100], 0);
}

static void
memory_of_no_length_is_a_fault(void **state)
{
    Guest *guest = *state;

    guest->gives_nothing = true;
    assert_true(fails_with(guest, transfer(0, 0, 10, TO_GUEST), DAXWIN_ERROR_FAULT, 0));
    assert_int_equal(host.reads, 0);
}

static void
resolver_that_lengthens_is_not_believed(void **state)
{
    Guest *guest = *state;

    guest->gives_too_much = true;
    assert_true(moves(guest, transfer(0, 0, 10, TO_GUEST), 10));
    assert_int_equal(host.most_bytes, 10);
    assert_int_equal(mark_at(guest->ram), mark_of(1, 0));
}

static void
resolver_is_never_asked_for_more_than_is_left(void **state)
{
    Guest *guest = *state;

    guest->piece = 100;
    assert_true(moves(guest, transfer(0, 0, 250, TO_GUEST), 250));
    assert_int_equal(guest->most_asked, 250);
    assert_int_equal(guest->questions, 3);
}

static void
closed_memory_is_a_fault_and_no_signal(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    assert_int_equal(mprotect(guest->ram, guest->ram_length, PROT_NONE), 0);
    assert_true(fails_with(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_ERROR_FAULT, 0));
    assert_false(run_one(guest, transfer(0, 0, 10, TO_GUEST), 0, &done, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    assert_non_null(strstr(error->message, "guest memory at 0x100000 faults"));
    assert_int_equal(done, 0);
}

static void
bytes_before_closed_memory_are_moved(void **state)
{
    Guest *guest = *state;

    guest->piece = pages(1);
    assert_int_equal(mprotect(guest->ram + pages(2), pages(1), PROT_NONE), 0);
    assert_true(
        fails_with(guest, transfer(0, 0, pages(4), TO_GUEST), DAXWIN_ERROR_FAULT, pages(2)));
    assert_true(
        fails_with(guest, transfer(0, 0, pages(4), FROM_GUEST), DAXWIN_ERROR_FAULT, pages(2)));
    assert_int_equal(mark_at(guest->ram + pages(1)), mark_of(1, 1));
}

static void
memory_beyond_the_end_of_a_file_is_a_fault_and_no_signal(void **state)
{
    Guest *guest = *state;
    int fd = new_marked_file(2, 1);

    assert_ptr_equal(
        mmap(guest->ram, pages(2), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0),
        guest->ram);
    guest->piece = pages(1);
    assert_true(
        fails_with(guest, transfer(0, 0, pages(2), TO_GUEST), DAXWIN_ERROR_FAULT, pages(1)));
    (void)close(fd);
}

static void
huge_length_ends_with_the_file(void **state)
{
    Guest *guest = *state;

    assert_int_equal(ftruncate(guest->fd, 100), 0);
    assert_true(moves(guest, transfer(0, 0, (uint64_t)INT64_MAX, TO_GUEST), 100));
}

static void
one_call_is_asked_for_a_gibibyte_at_most(void **state)
{
    Guest *guest = *state;

    guest->gives_too_much = true;
    host.refuse_with = EIO; /* nothing may be touched: there is no such memory */
    assert_true(
        fails_with(guest, transfer(0, 0, UINT64_C(1) << 62, TO_GUEST), DAXWIN_ERROR_SYSTEM, 0));
    assert_int_equal(guest->most_asked, MOST_BYTES);
    assert_int_equal(host.most_bytes, MOST_BYTES);
}

static void
transfer_that_leaves_all_files_is_refused(void **state)
{
    Guest *guest = *state;
    const uint64_t most = (uint64_t)INT64_MAX;

    assert_true(fails_with(guest, transfer(UINT64_MAX, 0, 2, TO_GUEST), DAXWIN_ERROR_RANGE, 0));
    assert_true(fails_with(guest, transfer(most, 0, 1, TO_GUEST), DAXWIN_ERROR_RANGE, 0));
    assert_true(fails_with(guest, transfer(1, 0, most, FROM_GUEST), DAXWIN_ERROR_RANGE, 0));
    assert_int_equal(guest->questions, 0);
}

static void
transfer_up_to_the_longest_file_is_tried(void **state)
{
    Guest *guest = *state;

    assert_true(moves(guest, transfer((uint64_t)INT64_MAX - 10, 0, 10, TO_GUEST), 0));
}

static void
guest_addresses_that_wrap_are_refused(void **state)
{
    Guest *guest = *state;
    DaxwinTransfer one = { 0, UINT64_MAX - 9, 11, TO_GUEST };

    assert_true(fails_with(guest, one, DAXWIN_ERROR_RANGE, 0));
    assert_int_equal(guest->questions, 0);
}

static void
all_transfers_are_checked_before_the_first(void **state)
{
    Guest *guest = *state;
    DaxwinTransfer transfers[] = {
        transfer(0, 0, 10, FROM_GUEST),
        transfer(UINT64_MAX, 0, 10, TO_GUEST),
    };
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    assert_false(daxwin_transfer_run(guest->fd, transfers, 2, 0, resolve, guest, &done, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_non_null(strstr(error->message, "file offset 0xffffffffffffffff"));
    assert_int_equal(done, 0);
    assert_int_equal(host.reads + host.writes, 0);
}

/* Opens the guest's file anew. */
static void
open_again(Guest *guest, int flags)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", guest->fd);
    int fd = open(path, flags | O_CLOEXEC);

    assert_true(fd >= 0);
    (void)close(guest->fd);
    guest->fd = fd;
}

static void
appended_file_is_not_written(void **state)
{
    Guest *guest = *state;

    open_again(guest, O_RDWR | O_APPEND);
    assert_true(fails_with(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_ERROR_FILE, 0));
    assert_int_equal(host.writes, 0);
    assert_int_equal(size_of(guest->fd), pages(RAM_PAGES));
}

static void
appended_file_is_refused_before_anything_is_read(void **state)
{
    Guest *guest = *state;
    DaxwinTransfer transfers[] = { transfer(0, 0, 10, TO_GUEST), transfer(0, 0, 10, FROM_GUEST) };
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    open_again(guest, O_RDWR | O_APPEND);
    assert_false(daxwin_transfer_run(guest->fd, transfers, 2, 0, resolve, guest, &done, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE));
    assert_int_equal(done, 0);
    assert_int_equal(host.reads, 0);
}

static void
appended_file_is_read(void **state)
{
    Guest *guest = *state;

    open_again(guest, O_RDWR | O_APPEND);
    assert_true(moves(guest, transfer(0, 0, 10, TO_GUEST), 10));
}

static void
file_that_cannot_be_asked_is_not_written(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    host.refuse_flags_with = EBADF;
    assert_false(run_one(guest, transfer(0, 0, 10, FROM_GUEST), 0, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EBADF);
    assert_non_null(strstr(error->message, "how file descriptor"));
    assert_int_equal(host.writes, 0);
}

static void
file_in_the_wrong_mode_is_refused_by_the_kernel(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) reading = NULL;
    g_autoptr(GError) writing = NULL;

    open_again(guest, O_RDONLY);
    assert_false(run_one(guest, transfer(0x10, 0, 10, FROM_GUEST), 0, &done, &writing));
    assert_int_equal(daxwin_error_to_errno(writing), EBADF);
    assert_non_null(strstr(writing->message, "cannot write file descriptor"));
    assert_non_null(strstr(writing->message, "at offset 0x10"));
    (void)close(guest->fd);
    guest->fd = -1;
    assert_false(run_one(guest, transfer(0, 0, 10, TO_GUEST), 0, &done, &reading));
    assert_int_equal(daxwin_error_to_errno(reading), EBADF);
    assert_non_null(strstr(reading->message, "cannot read file descriptor -1"));
}

static void
bytes_before_a_refusal_are_counted(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    host.cut_to = 100;
    host.refuse_after = 3;
    host.refuse_with = ENOSPC;
    assert_false(run_one(guest, transfer(0, 0, 1000, FROM_GUEST), 0, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOSPC);
    assert_int_equal(done, 300);
}

static bool
has_fsetid(const Guest *guest)
{
    return (guest->capabilities.effective & FSETID) != 0;
}

/* Makes the file one that runs as its owner, and says whether this thread may keep it so. */
static bool
can_keep_setuid(Guest *guest)
{
    return has_fsetid(guest) && fchmod(guest->fd, 06755) == 0;
}

static mode_t
mode_of(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return status.st_mode & 07777;
}

static uint64_t
effective_now(void)
{
    DaxwinHostCapabilities now;

    assert_int_equal(__real_daxwin_host_get_capabilities(&now), 0);
    return now.effective;
}

static void
write_without_the_flag_keeps_the_setuid_bit(void **state)
{
    Guest *guest = *state;

    if (!can_keep_setuid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    assert_true(moves(guest, transfer(0, 0, 10, FROM_GUEST), 10));
    assert_int_equal(mode_of(guest->fd), 06755);
    assert_int_equal(host.capability_gets, 0);
}

static void
write_with_the_flag_clears_the_setuid_bit(void **state)
{
    Guest *guest = *state;
    uint64_t done = 0;

    if (!can_keep_setuid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    assert_true(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, NULL));
    assert_int_equal(done, 10);
    assert_int_equal(mode_of(guest->fd), 0755);
    assert_true((effective_now() & FSETID) != 0);
}

static void
read_with_the_flag_leaves_the_capabilities_alone(void **state)
{
    Guest *guest = *state;
    uint64_t done = 0;

    assert_true(
        run_one(guest, transfer(0, 0, 10, TO_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, NULL));
    assert_int_equal(done, 10);
    assert_int_equal(host.capability_gets + host.capability_sets, 0);
}

static void
thread_without_the_capability_writes_all_the_same(void **state)
{
    Guest *guest = *state;
    DaxwinHostCapabilities poor = guest->capabilities;
    uint64_t done = 0;

    poor.effective &= ~FSETID;
    assert_int_equal(__real_daxwin_host_set_capabilities(&poor), 0);
    assert_true(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, NULL));
    assert_int_equal(done, 10);
    assert_int_equal(host.capability_sets, 0); /* a sandbox need not allow what is not needed */
    assert_int_equal(effective_now() & FSETID, 0);
}

/* What two threads have while the first of them is inside a write. */
static pthread_barrier_t barrier;
static uint64_t effective_inside;
static uint64_t effective_elsewhere;

static void *
look_when_asked(void *data)
{
    (void)pthread_barrier_wait(&barrier);
    effective_elsewhere = effective_now();
    (void)pthread_barrier_wait(&barrier);
    return data;
}

static void
look_inside_and_elsewhere(void)
{
    effective_inside = effective_now();
    (void)pthread_barrier_wait(&barrier);
    (void)pthread_barrier_wait(&barrier);
}

static void
only_the_writing_thread_loses_the_capability(void **state)
{
    Guest *guest = *state;
    pthread_t other;
    uint64_t done = 0;

    if (!can_keep_setuid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&other, NULL, look_when_asked, NULL), 0);
    host.inside = look_inside_and_elsewhere;
    assert_true(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, NULL));
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(effective_elsewhere, guest->capabilities.effective);
    assert_int_equal(effective_inside, guest->capabilities.effective & ~FSETID);
    assert_int_equal(effective_now(), guest->capabilities.effective);
    (void)pthread_barrier_destroy(&barrier);
}

/* Whether all three sets of this thread are what they were before the test. */
static bool
has_all_capabilities_back(const Guest *guest)
{
    DaxwinHostCapabilities now;

    return __real_daxwin_host_get_capabilities(&now) == 0 &&
           memcmp(&now, &guest->capabilities, sizeof now) == 0;
}

static void
capabilities_are_back_after_each_call(void **state)
{
    Guest *guest = *state;
    uint64_t done = 0;

    if (!has_fsetid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    host.cut_to = 100;
    host.interruptions = 1;
    assert_true(
        run_one(guest, transfer(0, 0, 300, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, NULL));
    assert_int_equal(done, 300);
    assert_int_equal(host.capability_sets, 6);
    assert_true(has_all_capabilities_back(guest));
}

static void
capabilities_are_back_after_a_failed_write(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    if (!has_fsetid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    host.refuse_with = ENOSPC;
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOSPC);
    assert_int_equal(done, 0);
    assert_int_equal(host.capability_sets, 2);
    assert_true(has_all_capabilities_back(guest));
}

static void
capabilities_are_back_after_a_fault(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    assert_int_equal(mprotect(guest->ram, guest->ram_length, PROT_NONE), 0);
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    assert_true(has_all_capabilities_back(guest));
}

static void
nothing_is_written_if_the_capabilities_are_not_told(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    host.refuse_get_with = EINVAL;
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EINVAL);
    assert_non_null(strstr(error->message, "cannot drop CAP_FSETID"));
    assert_int_equal(done, 0);
    assert_int_equal(host.writes + host.capability_sets, 0);
}

static void
nothing_is_written_if_the_capability_stays(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    if (!has_fsetid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    host.refuse_set_with = EPERM;
    host.refuse_set_number = 1;
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EPERM);
    assert_non_null(strstr(error->message, "cannot drop CAP_FSETID"));
    assert_int_equal(done, 0);
    assert_int_equal(host.writes, 0);
}

static void
capability_that_does_not_come_back_is_an_error(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    if (!has_fsetid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    fill_ram(guest);
    host.refuse_set_with = EPERM;
    host.refuse_set_number = 2;
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EPERM);
    assert_non_null(strstr(error->message, "cannot restore CAP_FSETID"));
    assert_int_equal(done, 10);
    assert_true(is_in_file(guest, 0, 0, 10));
}

static void
capability_that_does_not_come_back_outweighs_a_failed_write(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;
    g_autoptr(GError) error = NULL;

    if (!has_fsetid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    host.refuse_with = ENOSPC;
    host.refuse_set_with = EPERM;
    host.refuse_set_number = 2;
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, &error));
    assert_int_equal(daxwin_error_to_errno(error), EPERM);
    assert_non_null(strstr(error->message, "cannot restore CAP_FSETID"));
    assert_int_equal(done, 0);
}

static void
failure_needs_no_error_to_be_told(void **state)
{
    Guest *guest = *state;
    uint64_t done = 77;

    if (!has_fsetid(guest)) {
        SKIP_BECAUSE(NEEDS_FSETID);
    }
    host.refuse_with = ENOSPC;
    host.refuse_set_with = EPERM;
    host.refuse_set_number = 2;
    assert_false(
        run_one(guest, transfer(0, 0, 10, FROM_GUEST), DAXWIN_TRANSFER_DROP_FSETID, &done, NULL));
    assert_int_equal(done, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_guest, close_guest)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(file_is_read_into_guest_memory),
        TEST(guest_memory_is_written_to_the_file),
        TEST(written_file_grows),
        TEST(nothing_to_move_is_done_at_once),
        TEST(short_transfers_are_continued),
        TEST(interrupted_calls_are_repeated),
        TEST(end_of_the_file_ends_one_transfer_only),
        TEST(write_that_moves_nothing_is_an_error),
        TEST(pieces_are_gathered_into_one_call),
        TEST(most_pieces_take_one_call_and_more_take_more),
        TEST(each_transfer_takes_calls_of_its_own),
        TEST(read_only_memory_is_not_written),
        TEST(read_only_memory_is_read),
        TEST(address_without_memory_is_a_fault),
        TEST(bytes_before_an_address_without_memory_are_moved),
        TEST(failure_stops_the_transfers_behind_it),
        TEST(memory_of_no_length_is_a_fault),
        TEST(resolver_that_lengthens_is_not_believed),
        TEST(resolver_is_never_asked_for_more_than_is_left),
        TEST(closed_memory_is_a_fault_and_no_signal),
        TEST(bytes_before_closed_memory_are_moved),
        TEST(memory_beyond_the_end_of_a_file_is_a_fault_and_no_signal),
        TEST(huge_length_ends_with_the_file),
        TEST(one_call_is_asked_for_a_gibibyte_at_most),
        TEST(transfer_that_leaves_all_files_is_refused),
        TEST(transfer_up_to_the_longest_file_is_tried),
        TEST(guest_addresses_that_wrap_are_refused),
        TEST(all_transfers_are_checked_before_the_first),
        TEST(appended_file_is_not_written),
        TEST(appended_file_is_refused_before_anything_is_read),
        TEST(appended_file_is_read),
        TEST(file_that_cannot_be_asked_is_not_written),
        TEST(file_in_the_wrong_mode_is_refused_by_the_kernel),
        TEST(bytes_before_a_refusal_are_counted),
        TEST(write_without_the_flag_keeps_the_setuid_bit),
        TEST(write_with_the_flag_clears_the_setuid_bit),
        TEST(read_with_the_flag_leaves_the_capabilities_alone),
        TEST(thread_without_the_capability_writes_all_the_same),
        TEST(only_the_writing_thread_loses_the_capability),
        TEST(capabilities_are_back_after_each_call),
        TEST(capabilities_are_back_after_a_failed_write),
        TEST(capabilities_are_back_after_a_fault),
        TEST(nothing_is_written_if_the_capabilities_are_not_told),
        TEST(nothing_is_written_if_the_capability_stays),
        TEST(capability_that_does_not_come_back_is_an_error),
        TEST(capability_that_does_not_come_back_outweighs_a_failed_write),
        TEST(failure_needs_no_error_to_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
