/* SPDX-License-Identifier: BSD-3-Clause */
/* print-descriptions.c: prints windows of several kinds as JSON, one in each line. */
#include <daxwin/daxwin.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    N_PAGES = 8192,
    N_MANY = 3000 /* more than are listed */
};

static void
check(bool is_good, const GError *error)
{
    if (!is_good) {
        fprintf(stderr, "print-descriptions: %s\n", error != NULL ? error->message : "no file");
        exit(1);
    }
}

static DaxwinWindow *
open_window(uint64_t n_pages, DaxwinWindowFlags flags)
{
    g_autoptr(GError) error = NULL;
    DaxwinWindow *window =
        daxwin_window_new(n_pages * daxwin_host_page_size(), DAXWIN_ARCH_X86_64, flags, &error);

    check(window != NULL, error);
    return window;
}

static int
open_file(void)
{
    int fd = memfd_create("print-descriptions", MFD_CLOEXEC);

    check(fd >= 0 && ftruncate(fd, (off_t)(N_PAGES * daxwin_host_page_size())) == 0, NULL);
    return fd;
}

static void
map(DaxwinWindow *window, int fd, uint64_t page, uint64_t n_pages)
{
    g_autoptr(GError) error = NULL;
    uint64_t size = daxwin_host_page_size();
    DaxwinMapping mapping = { page * size, page * size, n_pages * size, DAXWIN_ACCESS_READ };

    check(daxwin_window_map(window, fd, &mapping, &error), error);
}

static void
print(DaxwinWindow *window)
{
    g_autofree char *text = daxwin_window_describe(window, DAXWIN_DESCRIBE_JSON);

    puts(text);
}

int
main(void)
{
    g_autoptr(DaxwinWindow) small = open_window(1, DAXWIN_WINDOW_STRICT);
    g_autoptr(DaxwinWindow) big = open_window(N_PAGES, DAXWIN_WINDOW_DEFAULT);
    int fd = open_file();
    int other = open_file();

    print(small);
    map(small, fd, 0, 1);
    print(small);
    map(big, fd, 10, 5);
    map(big, fd, 15, 5);
    map(big, other, 20, 5);
    map(big, other, N_PAGES - 1, 1);
    print(big);
    for (uint64_t i = 0; i < N_MANY; i++) {
        map(big, fd, 2 * i, 1);
    }
    print(big);
    (void)close(fd);
    (void)close(other);
    return 0;
}
