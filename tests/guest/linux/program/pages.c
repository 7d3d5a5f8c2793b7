/* SPDX-License-Identifier: BSD-3-Clause */
/* pages.c: makes, checks and moves files of stamped pages in the guest. */
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stamp.h"

void
fail(const char *what, const char *path)
{
    int error = errno;

    (void)fprintf(stderr, "pages: %s %s: %s\n", what, path, strerror(error));
    exit(1);
}

int
open_file(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);

    if (fd < 0) {
        fail("open", path);
    }
    return fd;
}

uint64_t
size_of(int fd, const char *path)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        fail("stat", path);
    }
    return (uint64_t)status.st_size;
}

uint64_t
to_number(const char *text)
{
    char *end = NULL;
    uint64_t number = strtoull(text, &end, 10);

    if (end == text || *end != '\0') {
        (void)fprintf(stderr, "pages: '%s' is not a number\n", text);
        exit(2);
    }
    return number;
}

void *
map_file(int fd, uint64_t length, int protection, const char *path)
{
    void *address = mmap(NULL, length, protection, MAP_SHARED, fd, 0);

    if (address == MAP_FAILED) {
        fail("mmap", path);
    }
    return address;
}

void
write_fully(int fd, const void *bytes, size_t length, const char *path)
{
    size_t done = 0;

    while (done < length) {
        ssize_t n = write(fd, (const char *)bytes + done, length - done);

        if (n <= 0) {
            fail("write", path);
        }
        done += (size_t)n;
    }
}

void
read_fully(int fd, void *bytes, size_t length, const char *path)
{
    size_t done = 0;

    while (done < length) {
        ssize_t n = read(fd, (char *)bytes + done, length - done);

        if (n == 0) {
            errno = ENODATA;
        }
        if (n <= 0) {
            fail("read", path);
        }
        done += (size_t)n;
    }
}

void *
aligned_memory(size_t length)
{
    void *memory = aligned_alloc(PAGE_BYTES, length);

    if (memory == NULL) {
        fail("allocate", "a buffer");
    }
    return memory;
}

uint64_t
random_below(uint64_t *state, uint64_t limit)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (*state >> 33) % limit;
}

static const struct {
    const char *name;
    const char *arguments;
    int n_words;
    int (*run)(char **words);
    const char *purpose;
} commands[] = {
    { "read", "FILE SEED", 2, check_by_reading, "reads FILE and checks each page" },
    { "map", "FILE SEED", 2, check_by_mapping, "maps FILE and checks each page" },
    { "map-random", "FILE SEED COUNT", 3, check_at_random, "maps FILE and checks COUNT pages" },
    { "read-direct", "FILE SEED", 2, check_directly, "reads with O_DIRECT and checks" },
    { "write", "FILE SEED PAGES", 3, write_pages, "makes FILE anew" },
    { "append", "FILE SEED PAGES", 3, append_pages, "makes FILE longer" },
    { "write-direct", "FILE SEED PAGES", 3, write_directly, "makes FILE anew with O_DIRECT" },
    { "map-write", "FILE SEED", 2, write_by_mapping, "stamps each page of FILE in place" },
    { "write-from-map", "FROM TO", 2, copy_from_mapping,
      "appends FROM to TO with O_DIRECT, out of a mapping" },
    { "read-into-map", "FROM TO", 2, read_into_mapping,
      "reads FROM with O_DIRECT into a mapping of TO" },
    { "hold", "FILE SEED", 2, hold_file,
      "opens and maps FILE, looks at it, and again at each SIGUSR1" },
    { "churn", "FOLDER SEED SECONDS", 3, churn, "maps, writes, checks and cuts until SIGTERM" },
};

static int
usage(FILE *out, int status)
{
    (void)fputs("usage: pages [--user ID] COMMAND [ARGUMENT...]\n\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        (void)fprintf(out, "  %-14s %-20s %s\n", commands[i].name, commands[i].arguments,
                      commands[i].purpose);
    }
    return status;
}

/* Goes on as an ordinary user, without the rights to keep a set-user-id bit. */
static void
become_user(const char *text)
{
    gid_t id = (gid_t)to_number(text);

    if (setgroups(0, NULL) != 0 || setgid(id) != 0 || setuid(id) != 0) {
        fail("become user", text);
    }
}

int
main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return usage(stdout, 0);
    }
    if (argc > 3 && strcmp(argv[1], "--user") == 0) {
        become_user(argv[2]);
        argc -= 2;
        argv += 2;
    }
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 == commands[i].n_words) {
            return commands[i].run(argv + 2);
        }
    }
    return usage(stderr, 2);
}
