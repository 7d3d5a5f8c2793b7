/* SPDX-License-Identifier: BSD-3-Clause */
/* admission.c: which files may enter a window. */
#include "admission.h"

#include "error-private.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char *
name_of_type(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "a regular file";
    case S_IFDIR:
        return "a directory";
    case S_IFCHR:
        return "a character device";
    case S_IFBLK:
        return "a block device";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    case S_IFLNK:
        return "a symbolic link";
    default:
        return "a file without a type";
    }
}

/* dma-buf and other files that only a driver knows have no type. */
static bool
is_mappable_type(unsigned mode)
{
    return S_ISREG(mode) || S_ISCHR(mode) || S_ISBLK(mode) || (mode & S_IFMT) == 0;
}

bool
daxwin_admission_check(int fd, bool any_file, DaxwinFileId *id, GError **error)
{
    unsigned mode;
    int saved_errno = daxwin_host_identify(fd, id, &mode);

    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot identify file descriptor %d", fd);
        return false;
    }
    if (any_file ? !is_mappable_type(mode) : !S_ISREG(mode)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE,
                    "file descriptor %d is %s, but only %s may be mapped", fd, name_of_type(mode),
                    any_file ? "regular files, devices and dma-buf" : "regular files");
        return false;
    }
    if (!S_ISREG(mode)) {
        *id = (DaxwinFileId){ 0 }; /* a driver may show any file in its place */
    }
    return true;
}

static bool
check_multiples(const DaxwinMapping *mapping, size_t page, GError **error)
{
    uint64_t bits = mapping->window_offset | mapping->file_offset | mapping->length;

    if ((bits & (page - 1)) != 0) {
        g_autofree char *text = daxwin_mapping_to_string(mapping);

        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT,
                    "mapping %s does not consist of the file's pages of 0x%zx", text, page);
        return false;
    }
    return true;
}

bool
daxwin_admission_check_pages(int fd, const DaxwinMapping *mappings, size_t n, GError **error)
{
    size_t page;
    int saved_errno = daxwin_host_file_page_size(fd, &page);

    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno,
                                "cannot tell the page size of file descriptor %d", fd);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!check_multiples(&mappings[i], page, error)) {
            return false;
        }
    }
    return true;
}

/* What is wrong with the way a file was opened, or NULL. */
static const char *
fault_of_opening(int flags, DaxwinAccess access)
{
    if ((flags & O_PATH) != 0) {
        return "was opened as a mere path";
    }
    if ((flags & O_ACCMODE) == O_WRONLY) {
        return "was opened for writing only, but a mapping needs to read";
    }
    if ((flags & O_ACCMODE) == O_RDONLY && (access & DAXWIN_ACCESS_WRITE) != 0) {
        return "was opened for reading only, but the mapping is to be written";
    }
    return NULL;
}

void
daxwin_admission_explain(int fd, DaxwinAccess access, int saved_errno, GError **error)
{
    int flags;
    const char *fault =
        daxwin_host_open_flags(fd, &flags) == 0 ? fault_of_opening(flags, access) : NULL;

    if (fault != NULL) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE, "file descriptor %d %s", fd, fault);
        return;
    }
    daxwin_error_set_system(error, saved_errno, "cannot map file descriptor %d", fd);
}
