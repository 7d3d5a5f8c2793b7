/* SPDX-License-Identifier: BSD-3-Clause */
/* transfer.c: moving bytes between a file and guest memory where a mapping cannot. */
#include "checked.h"
#include "error-private.h"
#include "host.h"

#include <daxwin/transfer.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>

/* What one system call moves at most: few enough pieces for the stack, and a length that neither
 * a 32-bit size_t nor the kernel (MAX_RW_COUNT) cuts short. */
enum {
    MAX_PIECES = 64,
    MAX_BYTES = 1 << 30
};

enum {
    KNOWN_FLAGS = DAXWIN_TRANSFER_DROP_FSETID
};

typedef struct {
    int fd;
    DaxwinTransferFlags flags;
    DaxwinResolveFunc resolve;
    void *user_data;
    uint64_t done;
} Work;

/* Guest memory for one system call. */
typedef struct {
    struct iovec pieces[MAX_PIECES];
    int n;
} Gathered;

static bool
check_transfer(const DaxwinTransfer *transfer, GError **error)
{
    uint64_t end;

    if (!daxwin_checked_add(transfer->file_offset, transfer->length, &end) || end > INT64_MAX) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "transfer of 0x%" PRIx64 " bytes at file offset 0x%" PRIx64
                    " ends beyond the longest file of 2^63 - 1 bytes",
                    transfer->length, transfer->file_offset);
        return false;
    }
    if (!daxwin_checked_add(transfer->guest_address, transfer->length, &end)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "transfer of 0x%" PRIx64 " bytes at guest address 0x%" PRIx64
                    " wraps around 2^64",
                    transfer->length, transfer->guest_address);
        return false;
    }
    return true;
}

static bool
check_transfers(const DaxwinTransfer *transfers, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!check_transfer(&transfers[i], error)) {
            return false;
        }
    }
    return true;
}

static bool
writes_to_file(const DaxwinTransfer *transfers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (transfers[i].direction == DAXWIN_TRANSFER_FROM_GUEST && transfers[i].length > 0) {
            return true;
        }
    }
    return false;
}

/* pwrite(2): on Linux, a file opened with O_APPEND is appended to, whatever the offset. */
static bool
check_writable_at_offset(int fd, GError **error)
{
    int flags;
    int saved_errno = daxwin_host_open_flags(fd, &flags);

    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot ask how file descriptor %d was opened",
                                fd);
        return false;
    }
    if ((flags & O_APPEND) != 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE,
                    "file descriptor %d was opened for appending, so nothing can be written at an "
                    "offset",
                    fd);
        return false;
    }
    return true;
}

/* Resolves as much of @rest as fits one call. Nothing is gathered if its first byte cannot be. */
static void
gather(const Work *work, const DaxwinTransfer *rest, Gathered *gathered)
{
    bool for_write = rest->direction == DAXWIN_TRANSFER_TO_GUEST;
    size_t wanted = (size_t)MIN(rest->length, MAX_BYTES);
    size_t total = 0;

    gathered->n = 0;
    while (gathered->n < MAX_PIECES && total < wanted) {
        size_t length = wanted - total;
        void *address =
            work->resolve(rest->guest_address + total, &length, for_write, work->user_data);

        if (address == NULL || length == 0) {
            return;
        }
        length = MIN(length, wanted - total);
        gathered->pieces[gathered->n++] = (struct iovec){ address, length };
        total += length;
    }
}

static bool
set_moving_error(const Work *work, const DaxwinTransfer *rest, int saved_errno, GError **error)
{
    if (saved_errno == EFAULT) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT, "guest memory at 0x%" PRIx64 " faults",
                    rest->guest_address);
    } else {
        daxwin_error_set_system(error, saved_errno,
                                "cannot %s file descriptor %d at offset 0x%" PRIx64,
                                rest->direction == DAXWIN_TRANSFER_TO_GUEST ? "read" : "write",
                                work->fd, rest->file_offset);
    }
    return false;
}

static bool
move_plainly(const Work *work, const DaxwinTransfer *rest, const Gathered *gathered, size_t *moved,
             GError **error)
{
    int saved_errno;

    do {
        saved_errno = rest->direction == DAXWIN_TRANSFER_TO_GUEST
                          ? daxwin_host_read(work->fd, gathered->pieces, gathered->n,
                                             rest->file_offset, moved)
                          : daxwin_host_write(work->fd, gathered->pieces, gathered->n,
                                              rest->file_offset, moved);
    } while (saved_errno == EINTR);
    return saved_errno == 0 || set_moving_error(work, rest, saved_errno, error);
}

/* Takes CAP_FSETID from the calling thread if it has it; @before is what to give back then. */
static bool
drop_fsetid(DaxwinHostCapabilities *before, bool *is_dropped, GError **error)
{
    const uint64_t fsetid = UINT64_C(1) << CAP_FSETID;
    int saved_errno = daxwin_host_get_capabilities(before);

    *is_dropped = saved_errno == 0 && (before->effective & fsetid) != 0;
    if (*is_dropped) {
        DaxwinHostCapabilities dropped = *before;

        dropped.effective &= ~fsetid;
        saved_errno = daxwin_host_set_capabilities(&dropped);
    }
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot drop CAP_FSETID");
    }
    return saved_errno == 0;
}

/* The capability sets belong to the thread, so no other thread notices. */
static bool
write_without_fsetid(const Work *work, const DaxwinTransfer *rest, const Gathered *gathered,
                     size_t *moved, GError **error)
{
    DaxwinHostCapabilities before;
    bool is_dropped;
    bool is_moved;
    int saved_errno;

    if (!drop_fsetid(&before, &is_dropped, error)) {
        return false;
    }
    is_moved = move_plainly(work, rest, gathered, moved, error);
    saved_errno = is_dropped ? daxwin_host_set_capabilities(&before) : 0;
    if (saved_errno != 0) {
        g_clear_error(error);
        daxwin_error_set_system(error, saved_errno, "cannot restore CAP_FSETID");
    }
    return is_moved && saved_errno == 0;
}

/* Moves what one call can; @moved is right also after a failure. */
static bool
move_some(const Work *work, const DaxwinTransfer *rest, size_t *moved, GError **error)
{
    Gathered gathered;

    *moved = 0;
    gather(work, rest, &gathered);
    if (gathered.n == 0) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT,
                    "guest address 0x%" PRIx64 " is no memory that can be %s", rest->guest_address,
                    rest->direction == DAXWIN_TRANSFER_TO_GUEST ? "written" : "read");
        return false;
    }
    if (rest->direction == DAXWIN_TRANSFER_FROM_GUEST &&
        (work->flags & DAXWIN_TRANSFER_DROP_FSETID) != 0) {
        return write_without_fsetid(work, rest, &gathered, moved, error);
    }
    return move_plainly(work, rest, &gathered, moved, error);
}

static bool
run_one(Work *work, const DaxwinTransfer *transfer, GError **error)
{
    DaxwinTransfer rest = *transfer;

    while (rest.length > 0) {
        size_t moved;
        bool is_moved = move_some(work, &rest, &moved, error);

        work->done += moved;
        if (!is_moved) {
            return false;
        }
        if (moved == 0) { /* the end of the file; a write of nothing would never end */
            return rest.direction == DAXWIN_TRANSFER_TO_GUEST ||
                   set_moving_error(work, &rest, EIO, error);
        }
        rest.file_offset += moved;
        rest.guest_address += moved;
        rest.length -= moved;
    }
    return true;
}

bool
daxwin_transfer_run(int fd, const DaxwinTransfer *transfers, size_t n, DaxwinTransferFlags flags,
                    DaxwinResolveFunc resolve, void *user_data, uint64_t *done, GError **error)
{
    g_return_val_if_fail((transfers != NULL || n == 0) && (flags & ~KNOWN_FLAGS) == 0, false);
    g_return_val_if_fail(resolve != NULL && done != NULL, false);

    Work work = { fd, flags, resolve, user_data, 0 };
    bool is_done = check_transfers(transfers, n, error) &&
                   (!writes_to_file(transfers, n) || check_writable_at_offset(fd, error));

    for (size_t i = 0; is_done && i < n; i++) {
        is_done = run_one(&work, &transfers[i], error);
    }
    *done = work.done;
    return is_done;
}
