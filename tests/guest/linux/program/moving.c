/* SPDX-License-Identifier: BSD-3-Clause */
/* moving.c: the commands that have the kernel move bytes between one file and a mapping of another:
 * the daemon cannot see such memory, and has to ask for the transfer. */
#include "pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Within a window only writes that make a file longer become requests; others are copies. */
int
copy_from_mapping(char **words)
{
    int from = open_file(words[0], O_RDONLY);
    int to = open_file(words[1], O_WRONLY | O_CREAT | O_APPEND | O_DIRECT);
    uint64_t size = size_of(from, words[0]);

    write_fully(to, map_file(from, size, PROT_READ, words[0]), size, words[1]);
    if (fsync(to) != 0) {
        fail("store", words[1]);
    }
    return 0;
}

int
read_into_mapping(char **words)
{
    int from = open_file(words[0], O_RDONLY | O_DIRECT);
    int to = open_file(words[1], O_RDWR | O_CREAT);
    uint64_t size = size_of(from, words[0]);
    char *target;

    if (ftruncate(to, (off_t)size) != 0) {
        fail("resize", words[1]);
    }
    target = map_file(to, size, PROT_READ | PROT_WRITE, words[1]);
    read_fully(from, target, size, words[0]);
    if (msync(target, size, MS_SYNC) != 0) {
        fail("msync", words[1]);
    }
    return 0;
}
