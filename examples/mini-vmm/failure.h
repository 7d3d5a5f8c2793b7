/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.h: how mini-vmm fails, and with which exit status. */
#pragma once

#include <glib.h>

#define MINI_VMM_ERROR (mini_vmm_error_quark())

/* The codes are exit statuses too. */
typedef enum {
    MINI_VMM_ERROR_GUEST = 1, /* the guest did something wrong, or got something wrong */
    MINI_VMM_ERROR_SETUP = 2  /* the command line, the file or the host will not do */
} MiniVmmError;

GQuark mini_vmm_error_quark(void);

/* Sets an error of the code SETUP that says @what failed and, from errno, why. */
void failure_set_from_errno(GError **error, const char *what);

/* The exit status for @error, whose domain may be any. */
int failure_to_exit_status(const GError *error);
