/* SPDX-License-Identifier: BSD-3-Clause */
/* areas.h: how many areas the kernel has in a stretch of memory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 0 if /proc/self/maps cannot be read. */
size_t areas_count(const void *base, uint64_t size);
