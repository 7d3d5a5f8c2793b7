/* SPDX-License-Identifier: BSD-3-Clause */
/* admission.c: which files may enter a window. */
#include "admission.h"

#include "error-private.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

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

static bool
check_type(int fd, bool any_file, unsigned mode, GError **error)
{
    if (any_file ? !is_mappable_type(mode) : !S_ISREG(mode)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE,
                    "file descriptor %d is %s, but only %s may be mapped", fd, name_of_type(mode),
                    any_file ? "regular files, devices and dma-buf" : "regular files");
        return false;
    }
    return true;
}

/* A seal against writing makes the mmap operation of a file in memory fail late: at once for some
 * kernels, or when it is set between a check and the call. Files that can get no more seals and
 * have none of those are safe; all are, on a tmpfs, but for those of memfd_create(). */
static bool
has_harmless_seals(int fd)
{
    int seals;

    return daxwin_host_get_seals(fd, &seals) == 0 && (seals & F_SEAL_SEAL) != 0 &&
           (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) == 0;
}

/* Whether the mmap operation of a filesystem never fails after the old mapping is gone. */
static bool
fails_early(int fd, uint64_t filesystem)
{
    switch (filesystem) {
    case EXT4_SUPER_MAGIC: /* ext2 and ext3 have the same */
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
        return true;
    case TMPFS_MAGIC:
        return has_harmless_seals(fd);
    default:
        return false;
    }
}

/* Only the number of a block device stays with its filesystem; others are given to the next one
 * that is mounted. */
static void
remember(DaxwinAdmission *admission, uint64_t device)
{
    if (major(device) != 0) {
        __atomic_store_n(&admission->direct_device, device, __ATOMIC_RELAXED);
    }
}

/* Finds out how to map a regular file. */
static bool
choose_way(DaxwinAdmission *admission, int fd, DaxwinAdmitted *admitted, GError **error)
{
    uint64_t filesystem;
    size_t block;
    int saved_errno;

    admitted->is_staged = false;
    if (admitted->file.id.device == __atomic_load_n(&admission->direct_device, __ATOMIC_RELAXED)) {
        return true;
    }
    saved_errno = daxwin_host_identify_filesystem(fd, &filesystem, &block);
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno,
                                "cannot identify the filesystem of file descriptor %d", fd);
        return false;
    }
    if (filesystem == HUGETLBFS_MAGIC) {
        admitted->file.page = block;
    }
    admitted->is_staged = !fails_early(fd, filesystem);
    if (!admitted->is_staged) {
        remember(admission, admitted->file.id.device);
    }
    return true;
}

bool
daxwin_admission_check(DaxwinAdmission *admission, int fd, bool any_file, DaxwinAdmitted *admitted,
                       GError **error)
{
    DaxwinFile *file = &admitted->file;
    unsigned mode;
    int saved_errno = daxwin_host_identify(fd, &file->id, &file->size, &mode);

    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot identify file descriptor %d", fd);
        return false;
    }
    if (!check_type(fd, any_file, mode, error)) {
        return false;
    }
    file->page = daxwin_host_get_page_size();
    if (S_ISREG(mode)) {
        return choose_way(admission, fd, admitted, error);
    }
    file->id = (DaxwinFileId){ 0 };
    file->size = UINT64_MAX; /* a device has no end that could move */
    admitted->is_staged = true;
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
daxwin_admission_check_pages(const DaxwinFile *file, const DaxwinMapping *mappings, size_t n,
                             GError **error)
{
    if (file->page == daxwin_host_get_page_size()) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (!check_multiples(&mappings[i], file->page, error)) {
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
