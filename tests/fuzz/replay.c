/* SPDX-License-Identifier: BSD-3-Clause */
/* replay.c: runs a fuzz target over each file of a folder: replay-NAME FOLDER */
#include "fuzz/fuzz.h"

#include <glib.h>
#include <stdio.h>

static GPtrArray *
list_folder(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *directory = g_dir_open(folder, 0, NULL);
    const char *name;

    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
    if (directory != NULL) {
        g_dir_close(directory);
    }
    return names;
}

/* Allocators and their checkers only see what is read too far if there is no byte to spare. */
static bool
replay(const char *path)
{
    g_autofree char *contents = NULL;
    g_autofree void *exact = NULL;
    size_t length;

    if (!g_file_get_contents(path, &contents, &length, NULL)) {
        return false;
    }
    exact = g_memdup2(contents, length);
    return LLVMFuzzerTestOneInput(exact, length) == 0;
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) paths = list_folder(argc > 1 ? argv[1] : ".");
    bool is_good = true;

    setbuf(stdout, NULL); /* if an input ends the program, its predecessor is the last line */
    printf("1..%u\n", paths->len);
    for (unsigned i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_autofree char *name = g_path_get_basename(path);
        bool is_done = replay(path);

        printf("%s %u - %s\n", is_done ? "ok" : "not ok", i + 1, name);
        is_good = is_good && is_done;
    }
    return is_good && paths->len > 0 ? 0 : 1;
}
