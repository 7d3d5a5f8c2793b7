/* SPDX-License-Identifier: BSD-3-Clause */
/* error.h: everything that can go wrong, one code and one errno each. */
#pragma once

#include <daxwin/macros.h>

G_BEGIN_DECLS

/**
 * DAXWIN_ERROR:
 *
 * The domain of every error this library sets.
 *
 * Since: 0.1
 */
#define DAXWIN_ERROR (daxwin_error_quark())

/**
 * DaxwinError:
 * @DAXWIN_ERROR_SIZE: the size is not acceptable for a window (EINVAL)
 * @DAXWIN_ERROR_ALIGNMENT: an offset or a length is not a multiple of the page, or
 *   of the huge page of a file of hugetlbfs (EINVAL)
 * @DAXWIN_ERROR_RANGE: a range is empty, wraps, or leaves the window (EINVAL)
 * @DAXWIN_ERROR_ACCESS: neither reading nor writing was asked for, or unknown bits (EINVAL)
 * @DAXWIN_ERROR_OVERLAP: the range of a strict window is not free (EEXIST)
 * @DAXWIN_ERROR_NOT_MAPPED: the range is not exactly one mapping of a strict window (ENOENT)
 * @DAXWIN_ERROR_FILE: the file is not a regular one, or not opened in the needed mode (EACCES)
 * @DAXWIN_ERROR_LIMIT: the limit of mappings is reached (ENOSPC)
 * @DAXWIN_ERROR_MESSAGE: a payload is malformed for its dialect (EBADMSG)
 * @DAXWIN_ERROR_FOREIGN: memory that is not the window's was found inside it; the window takes no
 *   more maps (ENOTRECOVERABLE)
 * @DAXWIN_ERROR_NO_WINDOW: a request for a device that has no window (ENODEV)
 * @DAXWIN_ERROR_FAULT: a guest address does not resolve, or not for this direction (EFAULT)
 * @DAXWIN_ERROR_ARCH: no such guest architecture (EINVAL)
 * @DAXWIN_ERROR_SYSTEM: the kernel refused; the errno is the kernel's own
 *
 * What went wrong, told apart by what the caller can do about it. The numbers are part of the
 * interface and never change.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_ERROR_SIZE = 1,
    DAXWIN_ERROR_ALIGNMENT = 2,
    DAXWIN_ERROR_RANGE = 3,
    DAXWIN_ERROR_ACCESS = 4,
    DAXWIN_ERROR_OVERLAP = 5,
    DAXWIN_ERROR_NOT_MAPPED = 6,
    DAXWIN_ERROR_FILE = 7,
    DAXWIN_ERROR_LIMIT = 8,
    DAXWIN_ERROR_MESSAGE = 9,
    DAXWIN_ERROR_FOREIGN = 10,
    DAXWIN_ERROR_NO_WINDOW = 11,
    DAXWIN_ERROR_FAULT = 12,
    DAXWIN_ERROR_ARCH = 13,
    DAXWIN_ERROR_SYSTEM = 14
} DaxwinError;

/**
 * daxwin_error_quark:
 *
 * Gives the quark behind DAXWIN_ERROR. Any thread.
 *
 * Returns: the quark
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
GQuark daxwin_error_quark(void);

/**
 * daxwin_error_to_errno:
 * @error: an error of the domain DAXWIN_ERROR
 *
 * Gives the errno that says the same as @error, fit for a reply to a backend once negated. For
 * DAXWIN_ERROR_SYSTEM it is the one the kernel gave. Any thread.
 *
 * Returns: a positive errno
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
int daxwin_error_to_errno(const GError *error);

G_END_DECLS
