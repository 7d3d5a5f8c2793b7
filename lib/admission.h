/* SPDX-License-Identifier: BSD-3-Clause */
/* admission.h: which files may enter a window. */
#pragma once

#include "host.h"

#include <daxwin/mapping.h>

/* Judges the file behind @fd before anything is done with it, and names it. Only regular files are
 * let in, or, with @any_file, all that can be mapped. */
bool daxwin_admission_check(int fd, bool any_file, DaxwinFileId *id, GError **error);

/* Checks that all numbers of @mappings are multiples of the page of the file behind @fd. On
 * hugetlbfs that is a huge one, up to which the kernel rounds a length, and so destroys what lies
 * behind. */
bool daxwin_admission_check_pages(int fd, const DaxwinMapping *mappings, size_t n, GError **error);

/* Says why the kernel refused with @saved_errno to map @fd for @access: DAXWIN_ERROR_FILE if the
 * way in which the file was opened explains it, else DAXWIN_ERROR_SYSTEM. The kernel judges this
 * better than a copy of its rules could, so it is only looked into afterwards. */
void daxwin_admission_explain(int fd, DaxwinAccess access, int saved_errno, GError **error);
