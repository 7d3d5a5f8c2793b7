/* SPDX-License-Identifier: BSD-3-Clause */
/* share.c: a directory that a guest shares, and what it uses of it. */
#include "share.h"

#include "failure.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int
share_open_directory(const char *path, GError **error)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        failure_set_from_errno(error, "shared directory '%s'", path);
    }
    return fd;
}

Share *
share_new(int directory_fd, BackendChannel *backend, GError **error)
{
    int fd = fcntl(directory_fd, F_DUPFD_CLOEXEC, 0);
    InodeTable *inodes;
    Share *share;

    if (fd < 0) {
        failure_set_from_errno(error, "shared directory");
        return NULL;
    }
    inodes = inode_table_new(fd, error);
    if (inodes == NULL) {
        return NULL;
    }
    share = g_new0(Share, 1);
    share->inodes = inodes;
    share->handles = handle_table_new();
    share->backend = backend;
    return share;
}

void
share_free(Share *share)
{
    handle_table_free(share->handles);
    inode_table_free(share->inodes);
    g_free(share);
}

void
share_reset(Share *share)
{
    handle_table_close_all(share->handles);
    inode_table_forget_all(share->inodes);
    share->marks_inodes = false;
}

int
share_check_name(const char *name)
{
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strchr(name, '/') != NULL) {
        return EINVAL;
    }
    return strlen(name) <= NAME_MAX ? 0 : ENAMETOOLONG;
}

/* One step down, by the kernel's word. O_PATH: a pipe or a device is found, but not opened. */
static int
open_path_beneath(int parent_fd, const char *name)
{
    struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, parent_fd, name, &how, sizeof(how));
}

/* Looks up what the result of an open() with O_PATH stands for. */
static Inode *
look_up_fd(Share *share, int fd, struct stat *status, int *result)
{
    if (fd < 0 || fstat(fd, status) != 0) {
        *result = errno;
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    *result = 0;
    return inode_table_look_up(share->inodes, fd, status);
}

Inode *
share_look_up(Share *share, const Inode *parent, const char *name, struct stat *status, int *result)
{
    *result = share_check_name(name);
    return *result == 0 ? look_up_fd(share, open_path_beneath(parent->fd, name), status, result)
                        : NULL;
}

static InodePath
path_of_fd(int fd)
{
    InodePath path;

    snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
    return path;
}

Inode *
share_look_up_open(Share *share, int file_fd, struct stat *status, int *result)
{
    InodePath path = path_of_fd(file_fd);

    return look_up_fd(share, open(path.text, O_PATH | O_CLOEXEC), status, result);
}

InodePath
share_get_path(const Inode *inode)
{
    return path_of_fd(inode->fd);
}

int
share_open_file(const Inode *inode, int flags)
{
    InodePath path = share_get_path(inode);

    if (!S_ISREG(inode->type)) {
        errno = S_ISDIR(inode->type) ? EISDIR : ENXIO;
        return -1;
    }
    return open(path.text, flags | O_CLOEXEC);
}
