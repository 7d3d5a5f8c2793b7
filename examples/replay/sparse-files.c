/* SPDX-License-Identifier: BSD-3-Clause */
/* sparse-files.c: files of the recorded sizes without anything in them. */
#include "sparse-files.h"

#include "failure.h"

#include <fcntl.h>
#include <unistd.h>

int
sparse_files_open(const char *directory, uint64_t size, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "sparse-XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0) {
        failure_set_from_errno(error, directory);
        return -1;
    }
    (void)unlink(path);
    if (ftruncate(fd, (off_t)size) != 0) {
        failure_set_from_errno(error, directory);
        (void)close(fd);
        return -1;
    }
    return fd;
}

SparseFiles *
sparse_files_new(const Recording *recording, const char *directory, GError **error)
{
    g_autoptr(SparseFiles) files = g_new0(SparseFiles, 1);

    files->fds = g_new(int, recording->files->len);
    for (size_t i = 0; i < recording->files->len; i++) {
        files->fds[i] = sparse_files_open(directory, recording_file(recording, i)->size, error);
        if (files->fds[i] < 0) {
            return NULL;
        }
        files->n++;
    }
    return g_steal_pointer(&files);
}

void
sparse_files_free(SparseFiles *files)
{
    for (size_t i = 0; i < files->n; i++) {
        (void)close(files->fds[i]);
    }
    g_free(files->fds);
    g_free(files);
}
