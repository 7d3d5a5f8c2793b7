/* SPDX-License-Identifier: BSD-3-Clause */
/* checksum.h: what cksum(1) prints of a file. */
#pragma once

#include <glib.h>

/*
 * Reads all of @fd and returns its checksum and its size as "4294967295 0", to be freed with
 * g_free(); NULL with an error if it cannot be read.
 */
char *checksum_file(int fd, GError **error);
