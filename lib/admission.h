/* SPDX-License-Identifier: BSD-3-Clause */
/* admission.h: which files may enter a window, and by which way. */
#pragma once

#include "file.h"

#include <daxwin/mapping.h>

/* What is remembered between files. All zeros is nothing. Any thread, no lock. */
typedef struct {
    uint64_t direct_device; /* a block device whose files may be mapped in place, or 0 */
} DaxwinAdmission;

/* The verdict on a file. */
typedef struct {
    DaxwinFile file;
    bool is_staged; /* to be mapped at a scratch address first, as the file may refuse too late */
} DaxwinAdmitted;

/* Judges the file behind @fd before anything is done with it. Only regular files are let in, or,
 * with @any_file, all that can be mapped. */
bool daxwin_admission_check(DaxwinAdmission *admission, int fd, bool any_file,
                            DaxwinAdmitted *admitted, GError **error);

/* Checks that @mappings consist of whole pages of @file, which are huge on hugetlbfs: the kernel
 * would round a length up to them, and so destroy what lies behind. */
bool daxwin_admission_check_pages(const DaxwinFile *file, const DaxwinMapping *mappings, size_t n,
                                  GError **error);

/* Says why the kernel refused with @saved_errno to map @fd for @access: DAXWIN_ERROR_FILE if the
 * way in which the file was opened explains it, else DAXWIN_ERROR_SYSTEM. The kernel judges this
 * better than a copy of its rules could, so it is only looked into afterwards. */
void daxwin_admission_explain(int fd, DaxwinAccess access, int saved_errno, GError **error);
