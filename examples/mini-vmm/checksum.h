/* SPDX-License-Identifier: BSD-3-Clause */
/* checksum.h: what cksum(1) prints of a file. */
#pragma once

#include <glib.h>
#include <stdint.h>

/*
 * Reads all of @fd, and zeros behind its end up to @least_size, and returns their checksum and
 * their size as "4294967295 0", to be freed with g_free(); NULL with an error if it cannot be read.
 */
char *checksum_file(int fd, uint64_t least_size, GError **error);
