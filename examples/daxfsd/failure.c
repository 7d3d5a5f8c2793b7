/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.c: how daxfsd fails, and with which exit status. */
#include "failure.h"

#include <errno.h>

G_DEFINE_QUARK(daxfsd - error - quark, daxfsd_error)

void
failure_set_from_errno(GError **error, const char *format, ...)
{
    int saved_errno = errno;
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP, "%s: %s", what, g_strerror(saved_errno));
}

int
failure_to_exit_status(const GError *error)
{
    return error->domain == DAXFSD_ERROR ? error->code : DAXFSD_ERROR_SETUP;
}
