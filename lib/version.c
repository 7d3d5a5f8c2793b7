/* SPDX-License-Identifier: BSD-3-Clause */
/* version.c: which libdaxwin this is, at run time. */
#include <daxwin/version.h>

const char *
daxwin_version_string(void)
{
    return DAXWIN_VERSION_STRING;
}

bool
daxwin_version_check(int major, int minor, int micro)
{
    return DAXWIN_CHECK_VERSION(major, minor, micro);
}
