/* SPDX-License-Identifier: BSD-3-Clause */
/* churning.c: load: one process that keeps a window busy and checks all that it sees. */
#include "pages.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "stamp.h"

enum {
    SHARED_LOOKS = 64,  /* pages of the common file looked at in each round */
    MAX_OWN_PAGES = 600 /* a bit over two pieces of 2 MiB */
};

static volatile sig_atomic_t is_over;

static void
end(int number)
{
    (void)number;
    is_over = 1;
}

/* The common file is FOLDER/common, of seed 1. */
static uint64_t
look_at_common(const char *folder, uint64_t *state)
{
    char path[256];
    int fd;
    uint64_t size, wrong = 0;
    const char *file;
    Page model;

    (void)snprintf(path, sizeof path, "%s/common", folder);
    fd = open_file(path, O_RDONLY);
    size = size_of(fd, path);
    file = map_file(fd, size, PROT_READ, path);
    page_init(&model, 1);
    for (int i = 0; i < SHARED_LOOKS; i++) {
        uint64_t number = random_below(state, size / PAGE_BYTES);

        wrong += !page_matches(file + number * PAGE_BYTES, &model, number);
    }
    (void)munmap((void *)file, size);
    (void)close(fd);
    return wrong;
}

/* Makes @path @n_pages long, stamps it through a mapping, and reads it back. */
static uint64_t
rewrite_own(const char *path, uint64_t seed, uint64_t n_pages)
{
    int fd = open_file(path, O_RDWR | O_CREAT);
    uint64_t size = n_pages * PAGE_BYTES, wrong = 0;
    char *file;
    Page page, found;

    if (ftruncate(fd, (off_t)size) != 0) {
        fail("resize", path);
    }
    file = map_file(fd, size, PROT_READ | PROT_WRITE, path);
    page_init(&page, seed);
    for (page.number = 0; page.number < n_pages; page.number++) {
        memcpy(file + page.number * PAGE_BYTES, &page, sizeof page);
    }
    (void)munmap(file, size);
    for (uint64_t i = 0; i < n_pages; i++) {
        read_fully(fd, &found, sizeof found, path);
        wrong += !page_matches(&found, &page, i);
    }
    (void)close(fd);
    return wrong;
}

int
churn(char **words)
{
    const struct sigaction action = { .sa_handler = end };
    uint64_t seed = to_number(words[1]);
    time_t last = time(NULL) + (time_t)to_number(words[2]);
    uint64_t state = seed, rounds = 0, wrong = 0;
    char own[256];

    (void)sigaction(SIGTERM, &action, NULL);
    (void)snprintf(own, sizeof own, "%s/own-%lu", words[0], seed);
    while (!is_over && time(NULL) < last) {
        wrong += look_at_common(words[0], &state);
        wrong += rewrite_own(own, seed, 1 + random_below(&state, MAX_OWN_PAGES));
        rounds++;
    }
    (void)unlink(own);
    printf("%lu rounds, %lu pages wrong\n", rounds, wrong);
    return wrong == 0 && rounds > 0 ? 0 : 1;
}
