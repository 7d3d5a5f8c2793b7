/* SPDX-License-Identifier: BSD-3-Clause */
/* fail.h: the end of a benchmark that cannot go on. */
#pragma once

#include <glib.h>

/* Says why in one line, and ends the program with exit status 2. */
G_NORETURN void fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The same, ending in what errno says. */
G_NORETURN void fail_with_errno(const char *what);
