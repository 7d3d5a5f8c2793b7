/* SPDX-License-Identifier: BSD-3-Clause */
/* consumer.c: maps the first page of a file into a window, and tells how it went. */
#include <daxwin/daxwin.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
map_first_page(DaxwinWindow *window, const char *name, GError **error)
{
    DaxwinMapping mapping = { 0, 0, daxwin_host_page_size(), DAXWIN_ACCESS_READ };
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool is_mapped = daxwin_window_map(window, fd, &mapping, error);

    if (fd >= 0) {
        (void)close(fd);
    }
    return is_mapped && daxwin_window_audit(window, error);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(DaxwinWindow) window = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: consumer FILE\n");
        return 2;
    }
    window =
        daxwin_window_new(UINT64_C(2) << 20, daxwin_arch_native(), DAXWIN_WINDOW_DEFAULT, &error);
    if (window == NULL || !map_first_page(window, argv[1], &error)) {
        fprintf(stderr, "consumer: %s: %s\n", argv[1], error->message);
        return EXIT_FAILURE;
    }
    printf("libdaxwin %s: the first page of %s is in a window of %" PRIu64 " bytes\n",
           daxwin_version_string(), argv[1], daxwin_window_get_size(window));
    return EXIT_SUCCESS;
}
