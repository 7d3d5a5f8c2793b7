/* SPDX-License-Identifier: BSD-3-Clause */
/* reserve-and-map.c: the smallest complete use: reserves a window and maps a file into it. */
#include <daxwin/daxwin.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t WINDOW_SIZE = UINT64_C(2) << 20;

enum {
    SHOWN_BYTES = 16
};

static void
show_usage(const char *when, DaxwinWindow *window)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    printf("%-10s %zu mappings, %" PRIu64 " bytes of %" PRIu64 "\n", when, usage.mappings,
           usage.bytes_mapped, daxwin_window_get_size(window));
}

/* Reads as a guest would: at an address that was the window's before anything was mapped. */
static void
show_start(DaxwinWindow *window, uint64_t offset)
{
    const uint8_t *bytes = (const uint8_t *)daxwin_window_get_base(window) + offset;

    printf("%-10s", "bytes");
    for (int i = 0; i < SHOWN_BYTES; i++) {
        printf(" %02x", bytes[i]);
    }
    printf("\n");
}

/* Only whole pages can be mapped, although a file may end within one. */
static uint64_t
round_to_pages(uint64_t length)
{
    uint64_t page = daxwin_host_page_size();

    return length / page * page + (length % page != 0 ? page : 0);
}

/* By default the start of the file, as much of it as fits into the window. */
static bool
choose_piece(int argc, char **argv, uint64_t file_size, DaxwinMapping *mapping, GError **error)
{
    *mapping =
        (DaxwinMapping){ .length = MIN(file_size, WINDOW_SIZE), .access = DAXWIN_ACCESS_READ };
    if (argc > 2 && !daxwin_size_parse(argv[2], &mapping->file_offset, error)) {
        return false;
    }
    if (argc > 3 && !daxwin_size_parse(argv[3], &mapping->length, error)) {
        return false;
    }
    /* The window would take it, as Linux guests need, but reading it would be a SIGBUS. */
    if (mapping->file_offset >= file_size) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE,
                    "nothing to read at %" PRIu64 ", the file has %" PRIu64 " bytes",
                    mapping->file_offset, file_size);
        return false;
    }
    mapping->length = round_to_pages(mapping->length);
    return true;
}

static bool
map_and_unmap(int fd, const DaxwinMapping *mapping, GError **error)
{
    g_autoptr(DaxwinWindow) window =
        daxwin_window_new(WINDOW_SIZE, daxwin_arch_native(), DAXWIN_WINDOW_DEFAULT, error);
    g_autofree char *text = daxwin_mapping_to_string(mapping);

    if (window == NULL) {
        return false;
    }
    show_usage("reserved", window);
    if (!daxwin_window_map(window, fd, mapping, error)) {
        return false;
    }
    show_usage("mapped", window);
    printf("%-10s %s\n", "mapping", text);
    show_start(window, mapping->window_offset);
    if (!daxwin_window_unmap(window, mapping->window_offset, mapping->length, error)) {
        return false;
    }
    show_usage("unmapped", window);
    return true;
}

static int
fail(const char *path, const char *reason)
{
    fprintf(stderr, "reserve-and-map: %s: %s\n", path, reason);
    return 1;
}

static int
help(int status)
{
    fprintf(
        status == 0 ? stdout : stderr,
        "Usage: reserve-and-map [FILE [OFFSET [LENGTH]]]\n"
        "Maps a piece of FILE, or the start of itself, into a DAX window and reads it there.\n");
    return status;
}

int
main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "/proc/self/exe";
    g_autoptr(GError) error = NULL;
    DaxwinMapping mapping;
    struct stat status;
    int fd;

    if (argc > 4 || path[0] == '-') {
        return help(g_str_equal(path, "--help") ? 0 : 2);
    }
    /* O_NONBLOCK: do not wait for the writer of a FIFO, the window refuses it anyway. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0) {
        return fail(path, g_strerror(errno));
    }
    if (!choose_piece(argc, argv, (uint64_t)status.st_size, &mapping, &error) ||
        !map_and_unmap(fd, &mapping, &error)) {
        return fail(path, error->message);
    }
    close(fd);
    return 0;
}
