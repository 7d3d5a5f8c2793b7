/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.c: how mini-vmm fails, and with which exit status. */
#include "failure.h"

#include <errno.h>

G_DEFINE_QUARK(mini - vmm - error - quark, mini_vmm_error)

void
failure_set_from_errno(GError **error, const char *what)
{
    g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP, "%s: %s", what, g_strerror(errno));
}

int
failure_to_exit_status(const GError *error)
{
    return error->domain == MINI_VMM_ERROR ? error->code : MINI_VMM_ERROR_SETUP;
}
