/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz.h: what a fuzzer and the replay of its corpus call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program where a fuzzer can see it. NDEBUG does not take it away. */
static inline void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}
