/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.h: how daxfsd fails, and with which exit status. */
#pragma once

#include <glib.h>

#define DAXFSD_ERROR (daxfsd_error_quark())

/* The codes are exit statuses too. */
typedef enum {
    DAXFSD_ERROR_PEER = 1, /* the front end or its guest breaks the rules */
    DAXFSD_ERROR_SETUP = 2 /* the command line, the directory or the host will not do */
} DaxfsdError;

GQuark daxfsd_error_quark(void);

/* Sets an error of the code SETUP: what is formatted and, from errno, why. */
void failure_set_from_errno(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The exit status for @error, whose domain may be any. */
int failure_to_exit_status(const GError *error);
