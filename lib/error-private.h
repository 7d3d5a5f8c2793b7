/* SPDX-License-Identifier: BSD-3-Clause */
/* error-private.h: setting errors, with the kernel's own reason where it gave one. */
#pragma once

#include <daxwin/error.h>

/* Sets DAXWIN_ERROR_SYSTEM that carries @saved_errno, its text appended to the message. */
void daxwin_error_set_system(GError **error, int saved_errno, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
