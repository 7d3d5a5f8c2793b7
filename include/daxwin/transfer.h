/* SPDX-License-Identifier: BSD-3-Clause */
/* transfer.h: moving bytes between a file and guest memory where a mapping cannot. */
#pragma once

#include <daxwin/macros.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * DaxwinResolveFunc:
 * @guest_address: where the guest says its memory is
 * @length: (inout): how many bytes are wanted, never 0; to be lowered to what lies in one piece
 * @for_write: whether guest memory is going to be written to
 * @user_data: what was given along with the function
 *
 * Finds host memory behind a guest-physical address. The memory must stay until the call that
 * asked for it returns; it may fault when touched, for only the kernel copies to and from it.
 *
 * Returns: (nullable) (transfer none): the host address; NULL if there is no memory at
 *   @guest_address, or none that may be used in this direction
 *
 * Since: 0.1
 */
typedef void *(*DaxwinResolveFunc)(uint64_t guest_address, size_t *length, bool for_write,
                                   void *user_data);

/**
 * DaxwinDirection:
 * @DAXWIN_TRANSFER_TO_GUEST: from the file to guest memory
 * @DAXWIN_TRANSFER_FROM_GUEST: from guest memory to the file
 *
 * Which way the bytes go.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_TRANSFER_TO_GUEST,
    DAXWIN_TRANSFER_FROM_GUEST
} DaxwinDirection;

/**
 * DaxwinTransfer:
 * @file_offset: bytes from the start of the file
 * @guest_address: a guest-physical address
 * @length: bytes; 0 is nothing to do
 * @direction: which way they go
 *
 * A stretch of bytes to be moved.
 *
 * Since: 0.1
 */
typedef struct {
    uint64_t file_offset;
    uint64_t guest_address;
    uint64_t length;
    DaxwinDirection direction;
} DaxwinTransfer;

/**
 * DaxwinTransferFlags:
 * @DAXWIN_TRANSFER_DEFAULT: nothing special
 * @DAXWIN_TRANSFER_DROP_FSETID: write to the file without the capability CAP_FSETID, so that the
 *   kernel strips its set-user-id and set-group-id bits, as FUSE_HANDLE_KILLPRIV_V2 wants
 *
 * How the bytes are moved.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_TRANSFER_DEFAULT = 0,
    DAXWIN_TRANSFER_DROP_FSETID = 1 << 0
} DaxwinTransferFlags;

/**
 * daxwin_transfer_run:
 * @fd: the file, open for what the directions need; borrowed
 * @transfers: (array length=n): what to move, in this order
 * @n: how many
 * @flags: how
 * @resolve: (scope call): finds guest memory
 * @user_data: what to give it
 * @done: (out) (not nullable): how many bytes were moved in all, also after a failure
 * @error: where to say why not
 *
 * Moves bytes between a file and guest memory by preadv() and pwritev(), so that a bad page is an
 * error and never a signal. All transfers are checked before the first is begun. The end of the
 * file ends one transfer and is no error; anything else that stops one stops them all. A file
 * opened with O_APPEND is refused for writing, for Linux would append whatever the offset.
 *
 * With DAXWIN_TRANSFER_DROP_FSETID the capability is taken from the calling thread alone, around
 * each write to the file, and given back whatever happens; if that fails, so does the call. Any
 * thread.
 *
 * Returns: true if all was moved up to the ends of the file; false with DAXWIN_ERROR_RANGE,
 *   DAXWIN_ERROR_FILE, DAXWIN_ERROR_FAULT or DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_transfer_run(int fd, const DaxwinTransfer *transfers, size_t n,
                         DaxwinTransferFlags flags, DaxwinResolveFunc resolve, void *user_data,
                         uint64_t *done, GError **error);

G_END_DECLS
