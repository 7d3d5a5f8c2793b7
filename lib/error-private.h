/* SPDX-License-Identifier: BSD-3-Clause */
/* error-private.h: setting errors, with the kernel's own reason where it gave one. */
#pragma once

#include <daxwin/error.h>

/* Sets DAXWIN_ERROR_SYSTEM that carries @saved_errno, its text appended to the message. */
void daxwin_error_set_system(GError **error, int saved_errno, const char *format, ...)
    G_GNUC_PRINTF(3, 4) __attribute__((cold));

/* Refusals are rare, so the code that words them is kept out of the way of the code that works: to
 * the compiler a branch that leads to a cold function is an unlikely one. */
void g_set_error(GError **error, GQuark domain, gint code, const gchar *format, ...)
    G_GNUC_PRINTF(4, 5) __attribute__((cold));
void g_set_error_literal(GError **error, GQuark domain, gint code, const gchar *message)
    __attribute__((cold));
