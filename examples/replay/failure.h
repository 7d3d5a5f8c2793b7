/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.h: the errors of replay itself. */
#pragma once

#include <glib.h>

#define REPLAY_ERROR (replay_error_quark())

typedef enum {
    REPLAY_ERROR_RECORDING = 1, /* it is malformed, or asks for what cannot be done */
    REPLAY_ERROR_SETUP = 2      /* the command line, a file or the host will not do */
} ReplayError;

GQuark replay_error_quark(void);

/* Sets an error of the code SETUP that says @what failed and, from errno, why. */
void failure_set_from_errno(GError **error, const char *what);
