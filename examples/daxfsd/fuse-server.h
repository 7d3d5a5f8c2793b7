/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-server.h: answers FUSE requests, most of them through libfuse. */
#pragma once

#include "fuse-request.h"
#include "share.h"

typedef struct FuseServer FuseServer;

/* For @share, which is borrowed. */
FuseServer *fuse_server_new(Share *share);

/* Also ends what the guest has not ended. No request must be under way. */
void fuse_server_free(FuseServer *server);

/* Answers the request in @chain; returns how many bytes that took. Any thread. */
uint32_t fuse_server_handle(FuseServer *server, Chain *chain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FuseServer, fuse_server_free)
