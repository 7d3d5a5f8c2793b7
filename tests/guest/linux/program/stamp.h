/* SPDX-License-Identifier: BSD-3-Clause */
/* stamp.h: pages that tell to which file and to which place in it they belong. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_BYTES = 4096,
    STAMP_WORDS = 2,
    FILLING_WORDS = PAGE_BYTES / sizeof(uint64_t) - STAMP_WORDS
};

/* The filling depends on the seed only. stamped.py makes the same pages on the host. */
typedef struct {
    uint64_t seed;
    uint64_t number;
    uint64_t filling[FILLING_WORDS];
} Page;

/* Makes the page of the file of @seed whose number is 0. */
void page_init(Page *page, uint64_t seed);

/* Tells whether the bytes at @found are the page @number, of the file that @model is of, and says
 * on stderr what they are if they are not. */
bool page_matches(const void *found, Page *model, uint64_t number);
