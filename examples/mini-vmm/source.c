/* SPDX-License-Identifier: BSD-3-Clause */
/* source.c: the files that the guest is shown. */
#include "source.h"

#include "failure.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 65536
};

static Source *
source_new(const char *name, int fd)
{
    Source *source = g_new0(Source, 1);

    source->name = g_strdup(name);
    source->fd = fd;
    return source;
}

void
source_free(Source *source)
{
    close(source->fd);
    g_free(source->name);
    g_free(source);
}

static bool
measure(Source *source, GError **error)
{
    struct stat status;

    if (fstat(source->fd, &status) != 0) {
        failure_set_from_errno(error, source->name);
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP, "%s is not a regular file",
                    source->name);
        return false;
    }
    if (status.st_size == 0) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                    "%s is empty, there is nothing to read", source->name);
        return false;
    }
    source->size = (uint64_t)status.st_size;
    return true;
}

Source *
source_open(const char *path, GError **error)
{
    /* O_NONBLOCK: a FIFO is refused below, and must not make us wait for a writer first. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    Source *source;

    if (fd < 0) {
        failure_set_from_errno(error, path);
        return NULL;
    }
    source = source_new(path, fd);
    if (!measure(source, error)) {
        source_free(source);
        return NULL;
    }
    return source;
}

/* A new file without a name, so that nothing is left behind however this program ends. */
static Source *
make_temporary(const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "mini-vmm-XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) {
        failure_set_from_errno(error, path);
        return NULL;
    }
    g_unlink(path);
    return source_new(name, fd);
}

static bool
append(Source *source, const void *bytes, size_t length, GError **error)
{
    const uint8_t *rest = bytes;

    while (length > 0) {
        ssize_t written = write(source->fd, rest, length);

        if (written < 0 && errno != EINTR) {
            failure_set_from_errno(error, source->name);
            return false;
        }
        if (written > 0) {
            rest += written;
            length -= (size_t)written;
            source->size += (uint64_t)written;
        }
    }
    return true;
}

/* xorshift32: no two places look alike, so that a piece in a wrong place is noticed. */
static uint32_t
next_number(uint32_t number)
{
    number ^= number << 13;
    number ^= number >> 17;
    number ^= number << 5;
    return number;
}

static bool
generate(Source *source, uint64_t size, GError **error)
{
    uint32_t numbers[BUFFER_SIZE / sizeof(uint32_t)];
    uint32_t number = 1;

    while (source->size < size) {
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
            number = next_number(number);
            numbers[i] = GUINT32_TO_LE(number);
        }
        if (!append(source, numbers, MIN(sizeof(numbers), size - source->size), error)) {
            return false;
        }
    }
    return true;
}

Source *
source_generate(uint64_t size, GError **error)
{
    Source *source = make_temporary("a generated file", error);

    if (source != NULL && !generate(source, size, error)) {
        source_free(source);
        return NULL;
    }
    return source;
}

static bool
copy_end(const Source *source, uint64_t offset, Source *copy, GError **error)
{
    uint8_t buffer[BUFFER_SIZE];
    ssize_t length;

    do {
        length = pread(source->fd, buffer, sizeof(buffer), (off_t)(offset + copy->size));
        if (length < 0) {
            failure_set_from_errno(error, source->name);
            return false;
        }
        if (!append(copy, buffer, (size_t)length, error)) {
            return false;
        }
    } while (length > 0);
    return true;
}

Source *
source_copy_end(const Source *source, uint64_t offset, GError **error)
{
    Source *copy = make_temporary("a private copy", error);

    if (copy != NULL && !copy_end(source, offset, copy, error)) {
        source_free(copy);
        return NULL;
    }
    return copy;
}

bool
source_truncate(const Source *source, uint64_t size, GError **error)
{
    if (ftruncate(source->fd, (off_t)size) != 0) {
        failure_set_from_errno(error, source->name);
        return false;
    }
    return true;
}
