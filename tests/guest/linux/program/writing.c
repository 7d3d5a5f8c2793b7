/* SPDX-License-Identifier: BSD-3-Clause */
/* writing.c: the commands that fill files with stamped pages. */
#include "pages.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stamp.h"

/* Writes @count pages, numbered from @first, and waits until they are stored. */
static int
put_pages(int fd, const char *path, uint64_t seed, uint64_t first, uint64_t count)
{
    Page *page = aligned_memory(sizeof *page);

    page_init(page, seed);
    for (uint64_t i = 0; i < count; i++) {
        page->number = first + i;
        write_fully(fd, page, sizeof *page, path);
    }
    if (fsync(fd) != 0 || close(fd) != 0) {
        fail("store", path);
    }
    return 0;
}

int
write_pages(char **words)
{
    int fd = open_file(words[0], O_WRONLY | O_CREAT | O_TRUNC);

    return put_pages(fd, words[0], to_number(words[1]), 0, to_number(words[2]));
}

int
append_pages(char **words)
{
    int fd = open_file(words[0], O_WRONLY | O_APPEND);
    uint64_t first = size_of(fd, words[0]) / PAGE_BYTES;

    return put_pages(fd, words[0], to_number(words[1]), first, to_number(words[2]));
}

int
write_directly(char **words)
{
    int fd = open_file(words[0], O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT);

    return put_pages(fd, words[0], to_number(words[1]), 0, to_number(words[2]));
}

int
write_by_mapping(char **words)
{
    int fd = open_file(words[0], O_RDWR);
    uint64_t size = size_of(fd, words[0]);
    char *file = map_file(fd, size, PROT_READ | PROT_WRITE, words[0]);
    Page page;

    page_init(&page, to_number(words[1]));
    for (page.number = 0; page.number < size / PAGE_BYTES; page.number++) {
        memcpy(file + page.number * PAGE_BYTES, &page, sizeof page);
    }
    if (msync(file, size, MS_SYNC) != 0) {
        fail("msync", words[0]);
    }
    return 0;
}
