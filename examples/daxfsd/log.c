/* SPDX-License-Identifier: BSD-3-Clause */
/* log.c: what daxfsd tells its user while it runs. */
#include "log.h"

#include <stdio.h>

static bool verbose; /* fixed before threads are started */

/* One call to stdio for a line, so that those of several threads do not mix. */
G_GNUC_PRINTF(1, 0)
static void
print(const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);

    fprintf(stderr, "daxfsd: %s\n", text);
}

void
log_set_verbose(bool is_verbose)
{
    verbose = is_verbose;
}

void
log_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print(format, args);
    va_end(args);
}

void
log_detail(const char *format, ...)
{
    va_list args;

    if (!verbose) {
        return;
    }
    va_start(args, format);
    print(format, args);
    va_end(args);
}
