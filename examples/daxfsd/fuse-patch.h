/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-patch.h: what answers have to say about DAX and set-id bits, and libfuse cannot. */
#pragma once

#include "fuse-request.h"
#include "share.h"

/* Changes an answer of libfuse to @request in place. */
void fuse_patch(Share *share, const FuseRequest *request, const struct iovec *pieces, int n);
