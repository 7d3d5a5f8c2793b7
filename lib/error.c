/* SPDX-License-Identifier: BSD-3-Clause */
/* error.c: an errno carried inside a GError. */
#include "error-private.h"

#include <errno.h>

/* The extra field each of our errors carries: the kernel's own reason, or 0. */
typedef struct {
    int saved_errno;
} DaxwinErrorPrivate;

static void
daxwin_error_private_init(DaxwinErrorPrivate *priv)
{
    priv->saved_errno = 0;
}

static void
daxwin_error_private_copy(const DaxwinErrorPrivate *from, DaxwinErrorPrivate *to)
{
    *to = *from;
}

static void
daxwin_error_private_clear(G_GNUC_UNUSED DaxwinErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR(DaxwinError, daxwin_error)

static int
errno_of_code(DaxwinError code)
{
    switch (code) {
    case DAXWIN_ERROR_SIZE:
    case DAXWIN_ERROR_ALIGNMENT:
    case DAXWIN_ERROR_RANGE:
    case DAXWIN_ERROR_ACCESS:
    case DAXWIN_ERROR_ARCH:
        return EINVAL;
    case DAXWIN_ERROR_OVERLAP:
        return EEXIST;
    case DAXWIN_ERROR_NOT_MAPPED:
        return ENOENT;
    case DAXWIN_ERROR_FILE:
        return EACCES;
    case DAXWIN_ERROR_LIMIT:
        return ENOSPC;
    case DAXWIN_ERROR_MESSAGE:
        return EBADMSG;
    case DAXWIN_ERROR_FOREIGN:
        return ENOTRECOVERABLE;
    case DAXWIN_ERROR_NO_WINDOW:
        return ENODEV;
    case DAXWIN_ERROR_FAULT:
        return EFAULT;
    case DAXWIN_ERROR_SYSTEM:
        return EIO;
    }
    g_return_val_if_reached(EIO);
}

int
daxwin_error_to_errno(const GError *error)
{
    g_return_val_if_fail(error != NULL, EINVAL);
    g_return_val_if_fail(error->domain == DAXWIN_ERROR, EINVAL);

    int saved_errno = daxwin_error_get_private(error)->saved_errno;

    return saved_errno != 0 ? saved_errno : errno_of_code((DaxwinError)error->code);
}

void
daxwin_error_set_system(GError **error, int saved_errno, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    if (error == NULL) {
        return;
    }
    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM, "%s: %s", what, g_strerror(saved_errno));
    daxwin_error_get_private(*error)->saved_errno = saved_errno;
}
