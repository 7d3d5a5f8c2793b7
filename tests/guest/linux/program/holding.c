/* SPDX-License-Identifier: BSD-3-Clause */
/* holding.c: keeps a file open and mapped, and tells when asked what it sees of it. */
#include "pages.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stamp.h"

typedef struct {
    int fd;
    const Page *mapping;
    uint64_t n_pages;
} Held;

/* What pages turned out to be. */
typedef struct {
    uint64_t sound; /* as they were written */
    uint64_t zero;
    uint64_t other;
    uint64_t lost; /* not to be had */
} Count;

static sigjmp_buf faulted;

static void
leave_the_page(int number)
{
    (void)number;
    siglongjmp(faulted, 1);
}

static bool
copy_mapped(const Held *held, uint64_t number, Page *out)
{
    if (sigsetjmp(faulted, 1) != 0) {
        return false;
    }
    memcpy(out, held->mapping + number, sizeof *out);
    return true;
}

static bool
copy_read(const Held *held, uint64_t number, Page *out)
{
    return pread(held->fd, out, sizeof *out, (off_t)(number * PAGE_BYTES)) == PAGE_BYTES;
}

static void
judge(const Page *found, const Page *expected, Count *count)
{
    static const Page zero;

    if (memcmp(found, expected, sizeof *found) == 0) {
        count->sound++;
    } else if (memcmp(found, &zero, sizeof zero) == 0) {
        count->zero++;
    } else {
        count->other++;
    }
}

/* Prints one line: NAME and the counts. */
static void
look(const char *name, bool (*copy)(const Held *, uint64_t, Page *), const Held *held, Page *model)
{
    Count count = { 0 };
    Page found;

    for (model->number = 0; model->number < held->n_pages; model->number++) {
        if (copy(held, model->number, &found)) {
            judge(&found, model, &count);
        } else {
            count.lost++;
        }
    }
    printf("%s sound %lu zero %lu other %lu lost %lu\n", name, count.sound, count.zero, count.other,
           count.lost);
}

static void
take_hold(const char *path, Held *held)
{
    const struct sigaction action = { .sa_handler = leave_the_page };
    uint64_t size;

    held->fd = open_file(path, O_RDONLY);
    size = size_of(held->fd, path);
    held->mapping = map_file(held->fd, size, PROT_READ, path);
    held->n_pages = size / PAGE_BYTES;
    (void)sigaction(SIGBUS, &action, NULL);
    (void)sigaction(SIGSEGV, &action, NULL);
}

int
hold_file(char **words)
{
    sigset_t awaited;
    int number = SIGUSR1;
    Held held;
    Page model;

    (void)sigemptyset(&awaited);
    (void)sigaddset(&awaited, SIGUSR1);
    (void)sigaddset(&awaited, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &awaited, NULL);
    take_hold(words[0], &held);
    page_init(&model, to_number(words[1]));
    while (number == SIGUSR1) {
        look("mapped", copy_mapped, &held, &model);
        look("read", copy_read, &held, &model);
        if (sigwait(&awaited, &number) != 0) {
            return 1;
        }
    }
    return 0;
}
