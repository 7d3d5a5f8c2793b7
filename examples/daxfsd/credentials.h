/* SPDX-License-Identifier: BSD-3-Clause */
/* credentials.h: on whose behalf a thread touches files. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * A daemon that runs as root does what the guest's kernel has allowed. But new files have to belong
 * to the user of the guest who makes them, and some writes must strip set-user-id bits, which the
 * host's kernel leaves on for those who have CAP_FSETID. All of this is for the calling thread
 * alone, and one thing at a time. A daemon that does not run as root is left as it is.
 */

/* New files belong to @user and @group from now on; 0, or an errno and nothing has changed. */
int credentials_assume(uid_t user, gid_t group);

/* Writing and truncating strips set-id bits from now on; 0, or an errno and nothing has changed. */
int credentials_drop_fsetid(void);

/* Ends either. */
void credentials_restore(void);
