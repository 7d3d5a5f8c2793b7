/* SPDX-License-Identifier: BSD-3-Clause */
/* holding.c: keeps a file mapped and tells what it sees of it, page by page, when asked. */
#include "pages.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "stamp.h"

static sigjmp_buf faulted;

static void
leave_the_page(int number)
{
    (void)number;
    siglongjmp(faulted, 1);
}

static bool
is_zero(const Page *page)
{
    static const Page zero;

    return memcmp(page, &zero, sizeof zero) == 0;
}

/* Prints how many pages are as they were written, zeros, something else, and cannot be touched. */
static void
look(const Page *file, uint64_t n_pages, Page *model)
{
    volatile uint64_t sound = 0, zero = 0, other = 0, lost = 0;
    volatile uint64_t i = 0;

    for (; i < n_pages; i++) {
        if (sigsetjmp(faulted, 1) != 0) {
            lost++;
            continue;
        }
        model->number = i;
        if (memcmp(file + i, model, sizeof *model) == 0) {
            sound++;
        } else if (is_zero(file + i)) {
            zero++;
        } else {
            other++;
        }
    }
    printf("sound %lu zero %lu other %lu lost %lu\n", sound, zero, other, lost);
}

int
hold_mapping(char **words)
{
    int fd = open_file(words[0], O_RDONLY);
    uint64_t size = size_of(fd, words[0]);
    const Page *file = map_file(fd, size, PROT_READ, words[0]);
    struct sigaction action = { .sa_handler = leave_the_page };
    sigset_t awaited;
    int number = SIGUSR1;
    Page model;

    (void)sigemptyset(&awaited);
    (void)sigaddset(&awaited, SIGUSR1);
    (void)sigaddset(&awaited, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &awaited, NULL);
    (void)sigaction(SIGBUS, &action, NULL);
    (void)sigaction(SIGSEGV, &action, NULL);
    page_init(&model, to_number(words[1]));
    while (number == SIGUSR1) {
        look(file, size / PAGE_BYTES, &model);
        if (sigwait(&awaited, &number) != 0) {
            return 1;
        }
    }
    return 0;
}
