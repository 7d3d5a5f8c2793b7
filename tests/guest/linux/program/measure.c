/* SPDX-License-Identifier: BSD-3-Clause */
/* measure.c: reads a file in blocks, in order or at random, by read(2) or out of a mapping, and
 * tells how long that took. Either way each block is copied once into the program's memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int fd;
    const char *mapping; /* NULL: read(2) */
    bool is_random;
    uint64_t block;
    uint64_t n_blocks; /* in the file */
} Source;

static void __attribute__((noreturn)) fail(const char *what, const char *path)
{
    (void)fprintf(stderr, "measure: %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

static uint64_t
now_in_nanoseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t
to_number(const char *text)
{
    char *end = NULL;
    uint64_t number = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || number == 0) {
        (void)fprintf(stderr, "measure: '%s' is not a number above 0\n", text);
        exit(2);
    }
    return number;
}

/* Draws the same blocks in each run. */
static uint64_t
pick_block(const Source *source, uint64_t turn, uint64_t *state)
{
    if (!source->is_random) {
        return turn % source->n_blocks;
    }
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (*state >> 33) % source->n_blocks;
}

static void
get_block(const Source *source, uint64_t number, char *memory)
{
    uint64_t offset = number * source->block;

    if (source->mapping != NULL) {
        memcpy(memory, source->mapping + offset, source->block);
    } else if (pread(source->fd, memory, source->block, (off_t)offset) != (ssize_t)source->block) {
        fail("read", "a block");
    }
}

/* Returns the nanoseconds that @count blocks take. */
static uint64_t
measure(const Source *source, uint64_t count)
{
    char *memory = malloc(source->block);
    uint64_t state = 1, start;

    if (memory == NULL) {
        fail("allocate", "a block");
    }
    memset(memory, 0, source->block);
    start = now_in_nanoseconds();
    for (uint64_t turn = 0; turn < count; turn++) {
        get_block(source, pick_block(source, turn, &state), memory);
    }
    free(memory);
    return now_in_nanoseconds() - start;
}

static void
open_source(Source *source, const char *path, bool is_mapped)
{
    struct stat status;

    source->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0 || fstat(source->fd, &status) != 0) {
        fail("open", path);
    }
    source->n_blocks = (uint64_t)status.st_size / source->block;
    if (source->n_blocks == 0) {
        errno = EINVAL;
        fail("find a block in", path);
    }
    if (is_mapped) {
        source->mapping = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, source->fd, 0);
        if (source->mapping == MAP_FAILED) {
            fail("mmap", path);
        }
    }
}

static bool
is_one_of(const char *word, const char *first, const char *second)
{
    return strcmp(word, first) == 0 || strcmp(word, second) == 0;
}

int
main(int argc, char **argv)
{
    Source source = { 0 };
    uint64_t count;

    if (argc != 6 || !is_one_of(argv[1], "read", "map") ||
        !is_one_of(argv[2], "in-order", "at-random")) {
        (void)fprintf(stderr, "usage: measure read|map in-order|at-random FILE BLOCK COUNT\n");
        return 2;
    }
    source.is_random = strcmp(argv[2], "at-random") == 0;
    source.block = to_number(argv[4]);
    count = to_number(argv[5]);
    open_source(&source, argv[3], strcmp(argv[1], "map") == 0);
    printf("%lu bytes %lu ns\n", count * source.block, measure(&source, count));
    return 0;
}
