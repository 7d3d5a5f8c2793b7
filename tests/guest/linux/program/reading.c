/* SPDX-License-Identifier: BSD-3-Clause */
/* reading.c: the commands that check what is in a file. */
#include "pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stamp.h"

enum {
    BLOCK_PAGES = 256
};

static int
report(uint64_t wrong, uint64_t checked)
{
    printf("%lu pages checked, %lu wrong\n", checked, wrong);
    return wrong == 0 && checked > 0 ? 0 : 1;
}

/* Checks all of @fd by reads of up to a MiB, into page-aligned memory as O_DIRECT wants it. */
static int
check_in_blocks(int fd, const char *path, uint64_t seed)
{
    uint64_t n_pages = size_of(fd, path) / PAGE_BYTES;
    char *block = aligned_memory((size_t)BLOCK_PAGES * PAGE_BYTES);
    uint64_t wrong = 0;
    Page model;

    page_init(&model, seed);
    for (uint64_t first = 0; first < n_pages; first += BLOCK_PAGES) {
        uint64_t n = n_pages - first < BLOCK_PAGES ? n_pages - first : BLOCK_PAGES;

        read_fully(fd, block, n * PAGE_BYTES, path);
        for (uint64_t i = 0; i < n; i++) {
            wrong += !page_matches(block + i * PAGE_BYTES, &model, first + i);
        }
    }
    free(block);
    return report(wrong, n_pages);
}

int
check_by_reading(char **words)
{
    return check_in_blocks(open_file(words[0], O_RDONLY), words[0], to_number(words[1]));
}

int
check_directly(char **words)
{
    return check_in_blocks(open_file(words[0], O_RDONLY | O_DIRECT), words[0], to_number(words[1]));
}

int
check_by_mapping(char **words)
{
    int fd = open_file(words[0], O_RDONLY);
    uint64_t size = size_of(fd, words[0]);
    const char *file = map_file(fd, size, PROT_READ, words[0]);
    uint64_t wrong = 0;
    Page model;

    page_init(&model, to_number(words[1]));
    for (uint64_t i = 0; i < size / PAGE_BYTES; i++) {
        wrong += !page_matches(file + i * PAGE_BYTES, &model, i);
    }
    return report(wrong, size / PAGE_BYTES);
}

int
check_at_random(char **words)
{
    int fd = open_file(words[0], O_RDONLY);
    uint64_t size = size_of(fd, words[0]);
    const char *file = map_file(fd, size, PROT_READ, words[0]);
    uint64_t count = to_number(words[2]);
    uint64_t state = (uint64_t)getpid();
    uint64_t wrong = 0;
    Page model;

    page_init(&model, to_number(words[1]));
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = random_below(&state, size / PAGE_BYTES);

        wrong += !page_matches(file + number * PAGE_BYTES, &model, number);
    }
    return report(wrong, count);
}
