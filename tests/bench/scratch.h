/* SPDX-License-Identifier: BSD-3-Clause */
/* scratch.h: nameless files for benchmarks. */
#pragma once

#include <stdint.h>

/* A sparse file. */
int scratch_open(const char *directory, uint64_t size);

/* A file whose pages are all in the page cache. */
int scratch_open_filled(const char *directory, uint64_t size);

void scratch_close(int fd);
