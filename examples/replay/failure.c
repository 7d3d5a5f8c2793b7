/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.c: the errors of replay itself. */
#include "failure.h"

#include <errno.h>

G_DEFINE_QUARK(replay - error - quark, replay_error)

void
failure_set_from_errno(GError **error, const char *what)
{
    g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_SETUP, "%s: %s", what, g_strerror(errno));
}
