/* SPDX-License-Identifier: BSD-3-Clause */
/* operations-directories.c: operations that list directories. */
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_LISTING = 1 << 20
};

/* An answer in the making. */
typedef struct {
    fuse_req_t request;
    const Inode *directory;
    bool has_attributes; /* FUSE_READDIRPLUS: each entry is looked up along the way */
    char *bytes;
    size_t room;
    size_t length;
} Listing;

static void
opendir_(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
    Share *share = operations_get_share(request);
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    DIR *stream;
    int fd;

    if (inode == NULL) {
        return;
    }
    fd = openat(inode->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        fuse_reply_err(request, errno);
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    file->fh = handle_table_add_directory(share->handles, stream);
    if (fuse_reply_open(request, file) != 0) {
        handle_table_close(share->handles, file->fh);
    }
}

static bool
is_dot_or_dot_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Without attributes: a type and a number. */
static size_t
add_plain(Listing *listing, const struct dirent *found)
{
    const struct stat status = { .st_ino = found->d_ino, .st_mode = (mode_t)DTTOIF(found->d_type) };

    return fuse_add_direntry(listing->request, listing->bytes + listing->length,
                             listing->room - listing->length, found->d_name, &status, found->d_off);
}

/* A guest takes no reference to "." and "..", nor to what could not be looked up. */
static size_t
add_with_attributes(Listing *listing, const struct dirent *found)
{
    Share *share = operations_get_share(listing->request);
    struct fuse_entry_param entry = {
        .attr = { .st_ino = found->d_ino, .st_mode = (mode_t)DTTOIF(found->d_type) },
    };
    size_t length;

    if (!is_dot_or_dot_dot(found->d_name)) {
        int result = operations_look_up(share, listing->directory, found->d_name, &entry);

        if (result == ENOENT) {
            return 0;
        }
    }
    length = fuse_add_direntry_plus(listing->request, listing->bytes + listing->length,
                                    listing->room - listing->length, found->d_name, &entry,
                                    found->d_off);
    if (length > listing->room - listing->length && entry.ino != 0) {
        inode_table_forget(share->inodes, entry.ino, 1);
    }
    return length;
}

/* Adds entries until there are no more, or no room; 0 or an errno. */
static int
fill_locked(Listing *listing, DIR *stream, off_t offset)
{
    seekdir(stream, offset);
    for (;;) {
        const struct dirent *found;
        size_t length;

        errno = 0;
        found = readdir(stream);
        if (found == NULL) {
            return errno;
        }
        length = listing->has_attributes ? add_with_attributes(listing, found)
                                         : add_plain(listing, found);
        if (length > listing->room - listing->length) {
            return listing->length > 0 ? 0 : EINVAL;
        }
        listing->length += length;
    }
}

static void
list(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, uint64_t handle_id,
     bool has_attributes)
{
    g_autoptr(Handle) handle =
        handle_table_get_directory(operations_get_share(request)->handles, handle_id);
    g_autoptr(Inode) inode = operations_get_inode(request, id);
    size_t room = fuse_request_get_room(operations_current_request, MIN(size, MAX_LISTING));
    g_autofree char *bytes = g_malloc(room);
    Listing listing = { request, inode, has_attributes, bytes, room, 0 };
    int result;

    if (inode == NULL) {
        return;
    }
    if (handle == NULL || room == 0) {
        fuse_reply_err(request, handle == NULL ? EBADF : EINVAL);
        return;
    }
    pthread_mutex_lock(&handle->lock);
    result = fill_locked(&listing, handle->stream, offset);
    pthread_mutex_unlock(&handle->lock);
    if (result != 0 && listing.length == 0) {
        fuse_reply_err(request, result);
    } else {
        fuse_reply_buf(request, bytes, listing.length);
    }
}

static void
readdir_(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
    list(request, id, size, offset, file->fh, false);
}

static void
readdirplus_(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset,
             struct fuse_file_info *file)
{
    list(request, id, size, offset, file->fh, true);
}

static void
releasedir_(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
    (void)id;
    handle_table_close(operations_get_share(request)->handles, file->fh);
    fuse_reply_err(request, 0);
}

static void
fsyncdir_(fuse_req_t request, fuse_ino_t id, int only_data, struct fuse_file_info *file)
{
    g_autoptr(Handle) handle =
        handle_table_get_directory(operations_get_share(request)->handles, file->fh);
    int result = EBADF;

    (void)id;
    if (handle != NULL) {
        int fd = dirfd(handle->stream);

        result = (only_data != 0 ? fdatasync(fd) : fsync(fd)) == 0 ? 0 : errno;
    }
    fuse_reply_err(request, result);
}

void
operations_add_directories(struct fuse_lowlevel_ops *operations)
{
    operations->opendir = opendir_;
    operations->readdir = readdir_;
    operations->readdirplus = readdirplus_;
    operations->releasedir = releasedir_;
    operations->fsyncdir = fsyncdir_;
}
