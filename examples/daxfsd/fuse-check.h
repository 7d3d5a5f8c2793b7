/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-check.h: whether a FUSE request is as long as it has to be. */
#pragma once

#include "fuse-request.h"

/*
 * libfuse trusts the kernel it is made for to send sound requests. This one comes from a guest, so
 * lengths, counts and the ends of names are checked before libfuse sees it. Returns 0 or an errno;
 * ENOSYS for operations that daxfsd does not offer.
 */
int fuse_check(const FuseRequest *request);
