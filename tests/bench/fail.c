/* SPDX-License-Identifier: BSD-3-Clause */
/* fail.c: the end of a benchmark that cannot go on. */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CANNOT_RUN = 2
};

void
fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "%s: %s\n", g_get_prgname(), text);
    exit(CANNOT_RUN);
}

void
fail_with_errno(const char *what)
{
    fail("%s: %s", what, g_strerror(errno));
}
