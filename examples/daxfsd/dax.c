/* SPDX-License-Identifier: BSD-3-Clause */
/* dax.c: the guest's requests to map files into its window. */
#include "dax.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    KNOWN_FLAGS = FUSE_SETUPMAPPING_FLAG_WRITE | FUSE_SETUPMAPPING_FLAG_READ
};

/* Puts what @fd has open behind the number of map_fd, which another thread may be sending. */
static void
set_map_fd_locked(Inode *inode, int fd, bool is_writable)
{
    if (inode->map_fd < 0) {
        inode->map_fd = fd;
    } else {
        dup3(fd, inode->map_fd, O_CLOEXEC);
        close(fd);
    }
    inode->is_map_writable = is_writable;
}

/* Writable if at all possible, so that mappings made for reading and for writing are of one file
 * description: neighbours become one kernel area then. */
static int
open_map_fd_locked(Inode *inode, bool for_write)
{
    int fd;

    if (inode->map_fd >= 0 && (inode->is_map_writable || !for_write)) {
        return 0;
    }
    fd = share_open_file(inode, O_RDWR);
    if (fd >= 0) {
        set_map_fd_locked(inode, fd, true);
        return 0;
    }
    if (for_write || (errno != EACCES && errno != EPERM && errno != EROFS && errno != ETXTBSY)) {
        return errno;
    }
    fd = share_open_file(inode, O_RDONLY);
    if (fd < 0) {
        return errno;
    }
    set_map_fd_locked(inode, fd, false);
    return 0;
}

static int
open_map_fd(Inode *inode, bool for_write)
{
    int result;

    pthread_mutex_lock(&inode->lock);
    result = open_map_fd_locked(inode, for_write);
    pthread_mutex_unlock(&inode->lock);
    return result;
}

int
dax_set_up(Share *share, Inode *inode, const struct fuse_setupmapping_in *wanted)
{
    bool for_write = (wanted->flags & FUSE_SETUPMAPPING_FLAG_WRITE) != 0;
    DaxwinFsMessage message = { .n_entries = 1 };
    int result;

    if (!backend_channel_has_socket(share->backend)) {
        return ENODEV;
    }
    if (wanted->flags == 0 || (wanted->flags & ~(uint64_t)KNOWN_FLAGS) != 0) {
        return EINVAL;
    }
    result = open_map_fd(inode, for_write);
    if (result != 0) {
        return result;
    }
    atomic_store(&share->has_mapped, true);
    message.entries[0] = (DaxwinFsEntry){
        .file_offset = wanted->foffset,
        .cache_offset = wanted->moffset,
        .length = wanted->len,
        .flags = DAXWIN_FS_ENTRY_READ | (for_write ? DAXWIN_FS_ENTRY_WRITE : 0),
    };
    return backend_reply_to_errno(
        backend_channel_call(share->backend, DAXWIN_FS_QEMU_2021_MAP, &message, inode->map_fd));
}

/* All are tried, as the window does it; the first failure counts. */
int
dax_remove(Share *share, const void *ranges, size_t n)
{
    const uint8_t *next = ranges;
    int first_failure = 0;

    while (n > 0) {
        DaxwinFsMessage message = { .n_entries = MIN(n, DAXWIN_FS_MESSAGE_MAX_ENTRIES) };
        int result;

        for (size_t i = 0; i < message.n_entries; i++) {
            struct fuse_removemapping_one range;

            memcpy(&range, next, sizeof(range));
            message.entries[i] =
                (DaxwinFsEntry){ .cache_offset = range.moffset, .length = range.len };
            next += sizeof(range);
        }
        result = backend_reply_to_errno(
            backend_channel_call(share->backend, DAXWIN_FS_QEMU_2021_UNMAP, &message, -1));
        first_failure = first_failure != 0 ? first_failure : result;
        n -= message.n_entries;
    }
    return first_failure;
}

/* A front end without a window need not be asked, and may not even know what that is. */
void
dax_unmap_all(Share *share)
{
    const struct fuse_removemapping_one everything = { .len = DAXWIN_FS_LENGTH_ALL };
    int result = 0;

    if (atomic_exchange(&share->has_mapped, false)) {
        result = dax_remove(share, &everything, 1);
    }
    if (result != 0) {
        log_detail("cannot unmap everything: %s", g_strerror(result));
    }
}
