/* SPDX-License-Identifier: BSD-3-Clause */
/* credentials.c: on whose behalf a thread touches files. */
#include "credentials.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library would change all threads, or has no function at all. */
static int
change_effective(uint32_t added, uint32_t removed)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capget, &header, data) != 0) {
        return errno;
    }
    data[0].effective |= added & data[0].permitted;
    data[0].effective &= ~removed;
    return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

/* Whether the kernel lets go of file capabilities, and gives them back, along with this user. */
static bool
is_root(void)
{
    return geteuid() == 0;
}

/* These functions only tell who it was before. */
static bool
is_user(uid_t user, gid_t group)
{
    return (uid_t)setfsuid((uid_t)-1) == user && (gid_t)setfsgid((gid_t)-1) == group;
}

int
credentials_assume(uid_t user, gid_t group)
{
    int result = EPERM;

    if (!is_root()) {
        return 0;
    }
    setfsgid(group);
    setfsuid(user);
    if (is_user(user, group)) {
        /* The guest's kernel knows groups of the user that are not known here, and has decided. */
        result = change_effective(UINT32_C(1) << CAP_DAC_OVERRIDE, 0);
    }
    if (result != 0) {
        credentials_restore();
    }
    return result;
}

int
credentials_drop_fsetid(void)
{
    return is_root() ? change_effective(0, UINT32_C(1) << CAP_FSETID) : 0;
}

void
credentials_restore(void)
{
    if (is_root()) {
        setfsuid(0);
        setfsgid(0);
        change_effective(UINT32_C(1) << CAP_FSETID, 0);
    }
}
