/* SPDX-License-Identifier: BSD-3-Clause */
/* test-admission.c: which files may enter a window, by which way, and why others may not. */
#include "support/testing.h"

#include "admission.h"

#include <daxwin/error.h>

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static const DaxwinAccess READ_WRITE = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static const size_t HUGE_PAGE = 2 * 1024 * 1024;

/* Filesystems that not all C libraries have a name for. */
static const uint64_t XFS = 0x58465342;
static const uint64_t RAMFS = 0x858458f6;
static const uint64_t OVERLAY = 0x794c7630;
static const uint64_t FUSE = 0x65735546;

enum {
    SEAL_FUTURE_WRITE = 0x10 /* Linux 5.1 */
};

static unsigned pretended_mode;       /* 0 for the true one */
static uint64_t pretended_device;     /* the same */
static uint64_t pretended_filesystem; /* the same */
static int refuse_filesystem_with;    /* errno, 0 to let it through */
static int refuse_seals_with;         /* the same */
static size_t n_questions;            /* about filesystems, so far */
static DaxwinAdmission admission;     /* what is remembered */

int __real_daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode);
int __wrap_daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode);
int __real_daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block);
int __wrap_daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block);
int __real_daxwin_host_get_seals(int fd, int *seals);
int __wrap_daxwin_host_get_seals(int fd, int *seals);

int
__wrap_daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode)
{
    int saved_errno = __real_daxwin_host_identify(fd, id, size, mode);

    if (pretended_mode != 0) {
        *mode = pretended_mode;
    }
    if (pretended_device != 0) {
        id->device = pretended_device;
    }
    return saved_errno;
}

int
__wrap_daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block)
{
    int saved_errno = __real_daxwin_host_identify_filesystem(fd, type, block);

    n_questions++;
    if (pretended_filesystem != 0) {
        *type = pretended_filesystem;
        *block = HUGE_PAGE;
    }
    return refuse_filesystem_with != 0 ? refuse_filesystem_with : saved_errno;
}

int
__wrap_daxwin_host_get_seals(int fd, int *seals)
{
    return refuse_seals_with != 0 ? refuse_seals_with : __real_daxwin_host_get_seals(fd, seals);
}

static int
stop_pretending(void **state)
{
    (void)state;
    pretended_mode = 0;
    pretended_device = 0;
    pretended_filesystem = 0;
    refuse_filesystem_with = 0;
    refuse_seals_with = 0;
    n_questions = 0;
    admission = (DaxwinAdmission){ 0 };
    return 0;
}

/* Whether a refusal of @fd says that it is @what. */
static bool
is_refused_as(int fd, bool any_file, const char *what)
{
    DaxwinAdmitted admitted;
    g_autoptr(GError) error = NULL;

    return !daxwin_admission_check(&admission, fd, any_file, &admitted, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE) &&
           strstr(error->message, what) != NULL;
}

/* The verdict on @fd, which is let in. */
static DaxwinAdmitted
admit(int fd, bool any_file)
{
    DaxwinAdmitted admitted = { { { 77, 77 }, 77, 77 }, false };

    assert_true(daxwin_admission_check(&admission, fd, any_file, &admitted, NULL));
    return admitted;
}

/* Whether @fd, which it closes, is to be mapped by way of a stage. */
static bool
is_staged(int fd)
{
    bool answer;

    assert_true(fd >= 0);
    answer = admit(fd, false).is_staged;
    close(fd);
    return answer;
}

static void
regular_file_is_admitted_and_described(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);
    struct stat status;
    DaxwinAdmitted admitted;

    (void)state;
    assert_int_equal(ftruncate(fd, 12345), 0);
    assert_int_equal(fstat(fd, &status), 0);
    admitted = admit(fd, false);
    assert_int_equal(admitted.file.id.device, status.st_dev);
    assert_int_equal(admitted.file.id.inode, status.st_ino);
    assert_int_equal(admitted.file.size, 12345);
    assert_int_equal(admitted.file.page, daxwin_host_get_page_size());
    close(fd);
}

static void
regular_file_is_described_where_any_file_may_enter(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);
    DaxwinAdmitted admitted = admit(fd, true);

    (void)state;
    assert_int_not_equal(admitted.file.id.inode, 0);
    assert_false(admitted.is_staged);
    close(fd);
}

static void
bad_descriptor_is_refused_with_the_errno(void **state)
{
    DaxwinAdmitted admitted;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_admission_check(&admission, -1, false, &admitted, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EBADF);
    assert_non_null(strstr(error->message, "file descriptor -1"));
}

static void
directory_is_refused(void **state)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_true(is_refused_as(fd, false, "is a directory, but only regular files may"));
    assert_true(is_refused_as(fd, true, "is a directory, but only regular files, devices and"));
    close(fd);
}

static void
pipe_is_refused(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(is_refused_as(ends[0], false, "a pipe"));
    assert_true(is_refused_as(ends[0], true, "a pipe"));
    close(ends[0]);
    close(ends[1]);
}

static void
socket_is_refused(void **state)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_true(is_refused_as(fd, false, "a socket"));
    assert_true(is_refused_as(fd, true, "a socket"));
    close(fd);
}

static void
symbolic_link_is_refused(void **state)
{
    int fd = open("/proc/self", O_PATH | O_NOFOLLOW | O_CLOEXEC);

    (void)state;
    assert_true(is_refused_as(fd, false, "a symbolic link"));
    assert_true(is_refused_as(fd, true, "a symbolic link"));
    close(fd);
}

static void
character_device_needs_that_any_file_may_enter(void **state)
{
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

    (void)state;
    assert_true(is_refused_as(fd, false, "a character device"));
    assert_true(admit(fd, true).is_staged);
    close(fd);
}

static void
block_device_needs_that_any_file_may_enter(void **state)
{
    int fd = memfd_create("disk", MFD_CLOEXEC);

    (void)state;
    pretended_mode = S_IFBLK | S_IRUSR;
    assert_true(is_refused_as(fd, false, "a block device"));
    assert_true(admit(fd, true).is_staged);
    close(fd);
}

static void
file_without_a_type_needs_that_any_file_may_enter(void **state)
{
    int fd = eventfd(0, EFD_CLOEXEC);

    (void)state;
    assert_true(is_refused_as(fd, false, "a file without a type"));
    assert_true(admit(fd, true).is_staged);
    close(fd);
}

static void
device_has_no_name_and_no_end(void **state)
{
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    DaxwinAdmitted admitted = admit(fd, true);

    (void)state;
    assert_int_equal(admitted.file.id.device, 0);
    assert_int_equal(admitted.file.id.inode, 0);
    assert_true(admitted.file.size == UINT64_MAX);
    assert_int_equal(admitted.file.page, daxwin_host_get_page_size());
    assert_int_equal(n_questions, 0);
    close(fd);
}

static void
device_does_not_take_the_way_that_is_remembered_for_files(void **state)
{
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

    (void)state;
    pretended_device = makedev(8, 1);
    admission.direct_device = pretended_device;
    assert_true(admit(fd, true).is_staged);
    close(fd);
}

static void
filesystem_that_cannot_be_identified_is_reported(void **state)
{
    int fd = memfd_create("lost", MFD_CLOEXEC);
    g_autofree char *text =
        g_strdup_printf("cannot identify the filesystem of file descriptor %d: ", fd);
    DaxwinAdmitted admitted;
    g_autoptr(GError) error = NULL;

    (void)state;
    refuse_filesystem_with = ESTALE;
    assert_false(daxwin_admission_check(&admission, fd, false, &admitted, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ESTALE);
    assert_true(g_str_has_prefix(error->message, text));
    close(fd);
}

static void
filesystems_that_are_known_to_refuse_early_need_no_stage(void **state)
{
    const uint64_t filesystems[] = { EXT4_SUPER_MAGIC, XFS, BTRFS_SUPER_MAGIC };
    int fd = memfd_create("regular", MFD_CLOEXEC);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(filesystems); i++) {
        pretended_filesystem = filesystems[i];
        assert_false(admit(fd, false).is_staged);
        assert_int_equal(admit(fd, false).file.page, daxwin_host_get_page_size());
    }
    close(fd);
}

static void
all_other_filesystems_need_a_stage(void **state)
{
    const uint64_t filesystems[] = { SYSFS_MAGIC, PROC_SUPER_MAGIC, NFS_SUPER_MAGIC, FUSE, OVERLAY,
                                     RAMFS,       0xdeadbeef };
    int fd = memfd_create("regular", MFD_CLOEXEC);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(filesystems); i++) {
        pretended_filesystem = filesystems[i];
        assert_true(admit(fd, false).is_staged);
        assert_int_equal(admit(fd, false).file.page, daxwin_host_get_page_size());
    }
    close(fd);
}

static void
file_of_huge_pages_needs_a_stage_and_consists_of_those(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);
    DaxwinAdmitted admitted;

    (void)state;
    pretended_filesystem = HUGETLBFS_MAGIC;
    admitted = admit(fd, false);
    assert_true(admitted.is_staged);
    assert_int_equal(admitted.file.page, HUGE_PAGE);
    close(fd);
}

static void
block_device_of_a_filesystem_is_asked_about_once(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);
    DaxwinAdmitted admitted;

    (void)state;
    pretended_device = makedev(8, 1);
    pretended_filesystem = EXT4_SUPER_MAGIC;
    assert_false(admit(fd, false).is_staged);
    assert_int_equal(n_questions, 1);
    assert_int_equal(ftruncate(fd, 54321), 0);
    admitted = admit(fd, false);
    assert_int_equal(n_questions, 1);
    assert_false(admitted.is_staged);
    assert_int_equal(admitted.file.id.device, pretended_device);
    assert_int_equal(admitted.file.size, 54321);
    assert_int_equal(admitted.file.page, daxwin_host_get_page_size());
    close(fd);
}

static void
another_block_device_is_asked_about_and_remembered_instead(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);

    (void)state;
    pretended_filesystem = XFS;
    pretended_device = makedev(8, 1);
    (void)admit(fd, false);
    pretended_device = makedev(8, 2);
    (void)admit(fd, false);
    assert_int_equal(n_questions, 2);
    (void)admit(fd, false);
    assert_int_equal(n_questions, 2);
    pretended_device = makedev(8, 1);
    assert_false(admit(fd, false).is_staged);
    assert_int_equal(n_questions, 3);
    close(fd);
}

static void
filesystem_without_a_block_device_is_asked_about_each_time(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);

    (void)state;
    pretended_filesystem = BTRFS_SUPER_MAGIC;
    pretended_device = makedev(0, 42);
    (void)admit(fd, false);
    assert_false(admit(fd, false).is_staged);
    assert_int_equal(n_questions, 2);
    pretended_filesystem = FUSE; /* mounted after an unmount, under the number that became free */
    assert_true(admit(fd, false).is_staged);
    close(fd);
}

static void
block_device_whose_files_need_a_stage_is_not_remembered(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);

    (void)state;
    pretended_device = makedev(8, 1);
    pretended_filesystem = MSDOS_SUPER_MAGIC;
    assert_true(admit(fd, false).is_staged);
    assert_true(admit(fd, false).is_staged);
    assert_int_equal(n_questions, 2);
    close(fd);
}

/* The files of this kernel. */

static void
file_beside_this_program_is_judged_by_its_filesystem(void **state)
{
    g_autofree char *path = g_strdup("daxwin-admission-XXXXXX");
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    struct statfs filesystem;
    uint64_t type;

    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(fstatfs(fd, &filesystem), 0);
    type = (uint64_t)filesystem.f_type & UINT32_MAX;
    if (type != EXT4_SUPER_MAGIC && type != XFS && type != BTRFS_SUPER_MAGIC) {
        assert_int_equal(is_staged(fd), type != TMPFS_MAGIC);
        SKIP_BECAUSE("this directory is on neither ext4, xfs nor btrfs");
    }
    assert_false(is_staged(fd));
}

static void
file_of_a_tmpfs_needs_no_stage(void **state)
{
    g_autofree char *path = g_strdup("/dev/shm/daxwin-admission-XXXXXX");
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);

    (void)state;
    if (fd < 0) {
        SKIP_BECAUSE("there is no /dev/shm to write to");
    }
    unlink(path);
    assert_false(is_staged(fd));
}

static void
memfd_that_cannot_be_sealed_needs_no_stage(void **state)
{
    (void)state;
    assert_false(is_staged(memfd_create("closed", MFD_CLOEXEC)));
}

static void
memfd_that_can_still_be_sealed_needs_a_stage(void **state)
{
    (void)state;
    assert_true(is_staged(memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING)));
}

/* A memfd with @seals, or -1. */
static int
new_sealed_file(int seals)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && fcntl(fd, F_ADD_SEALS, seals) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
memfd_with_any_seal_but_the_last_needs_a_stage(void **state)
{
    static const int seals[] = { F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE, SEAL_FUTURE_WRITE };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(seals); i++) {
        assert_true(is_staged(new_sealed_file(seals[i])));
    }
}

static void
memfd_with_the_last_seal_needs_a_stage_if_another_forbids_writing(void **state)
{
    (void)state;
    assert_false(is_staged(new_sealed_file(F_SEAL_SEAL)));
    assert_false(is_staged(new_sealed_file(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)));
    assert_true(is_staged(new_sealed_file(F_SEAL_SEAL | F_SEAL_WRITE)));
    assert_true(is_staged(new_sealed_file(F_SEAL_SEAL | SEAL_FUTURE_WRITE)));
}

static void
memfd_sealed_later_is_judged_anew(void **state)
{
    int fd = new_sealed_file(F_SEAL_SHRINK);

    (void)state;
    assert_true(admit(fd, false).is_staged);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
    assert_false(admit(fd, false).is_staged);
    close(fd);
}

static void
memfd_whose_seals_are_not_told_needs_a_stage(void **state)
{
    (void)state;
    refuse_seals_with = EPERM;
    assert_true(is_staged(memfd_create("closed", MFD_CLOEXEC)));
}

static void
memfd_of_huge_pages_needs_a_stage_and_consists_of_those(void **state)
{
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
    DaxwinAdmitted admitted;

    (void)state;
    if (fd < 0) {
        SKIP_BECAUSE("this kernel has no hugetlbfs");
    }
    admitted = admit(fd, false);
    assert_true(admitted.is_staged);
    assert_true(admitted.file.page > daxwin_host_get_page_size());
    close(fd);
}

static void
file_of_sysfs_needs_a_stage(void **state)
{
    int fd = open("/sys/kernel/uevent_seqnum", O_RDONLY | O_CLOEXEC);

    (void)state;
    if (fd < 0) {
        SKIP_BECAUSE("this sandbox hides /sys");
    }
    assert_true(is_staged(fd));
}

static void
file_of_proc_needs_a_stage(void **state)
{
    (void)state;
    assert_true(is_staged(open("/proc/self/status", O_RDONLY | O_CLOEXEC)));
}

/* A directory to mount something on, in a mount namespace of this program alone. */
typedef struct {
    char *place;
    char *image; /* a file for a filesystem, of a size that each accepts */
} MountPoint;

static const off_t IMAGE_SIZE = 320 * 1024 * 1024;

static bool
has_own_mounts(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
}

static MountPoint
new_mount_point(void)
{
    g_autofree char *directory = g_dir_make_tmp("daxwin-admission-XXXXXX", NULL);
    MountPoint point = { g_build_filename(directory, "place", NULL),
                         g_build_filename(directory, "image", NULL) };
    int image = open(point.image, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);

    assert_int_equal(g_mkdir(point.place, S_IRWXU), 0);
    assert_true(image >= 0);
    assert_int_equal(ftruncate(image, IMAGE_SIZE), 0);
    close(image);
    return point;
}

static void
remove_mount_point(MountPoint *point)
{
    g_autofree char *directory = g_path_get_dirname(point->place);

    (void)umount2(point->place, MNT_DETACH);
    (void)g_remove(point->image);
    (void)g_rmdir(point->place);
    (void)g_rmdir(directory);
    g_free(point->place);
    g_free(point->image);
}

/* Whether a shell does @command with the paths of @point in it, the image first. */
static bool
runs(const char *command, const MountPoint *point)
{
    g_autofree char *text = g_strdup_printf("PATH=$PATH:/usr/sbin:/sbin; { %s '%s' '%s'; } "
                                            "> /dev/null 2>&1",
                                            command, point->image, point->place);
    char *arguments[] = { (char *)"/bin/sh", (char *)"-c", text, NULL };
    int status = -1;

    return g_spawn_sync(NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                        NULL) &&
           status == 0;
}

/* A file on what is mounted at @point. */
static int
new_file_on(const MountPoint *point)
{
    g_autofree char *path = g_build_filename(point->place, "file", NULL);

    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

typedef enum {
    NOT_MOUNTABLE,
    DIRECT,
    STAGED
} Way;

/* How a file on a new filesystem made by @make is to be mapped, and how often that is asked for a
 * second file. */
static Way
way_on_new_filesystem(const char *make, size_t *n_more_questions)
{
    g_autofree char *command = g_strdup_printf("mount_new() { %s \"$1\" && mount -o loop \"$1\" "
                                               "\"$2\"; }; mount_new",
                                               make);
    MountPoint point = new_mount_point();
    Way way = NOT_MOUNTABLE;

    if (runs(command, &point)) {
        way = is_staged(new_file_on(&point)) ? STAGED : DIRECT;
        n_questions = 0;
        (void)is_staged(new_file_on(&point));
        *n_more_questions = n_questions;
    }
    remove_mount_point(&point);
    return way;
}

static void
new_filesystems_are_judged_as_what_they_are(void **state)
{
    static const struct {
        const char *make;
        Way way;
        size_t n_more_questions;
    } rows[] = {
        { "mkfs.ext2 -q", DIRECT, 0 }, { "mkfs.ext3 -q", DIRECT, 0 }, { "mkfs.ext4 -q", DIRECT, 0 },
        { "mkfs.xfs -q", DIRECT, 0 },  { "mkfs.btrfs", DIRECT, 1 },   { "mkfs.vfat", STAGED, 1 },
    };

    size_t n_judged = 0;

    (void)state;
    if (!has_own_mounts()) {
        SKIP_BECAUSE("this process may not mount anything");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t n_more_questions = 0;
        Way way;

        (void)stop_pretending(NULL);
        way = way_on_new_filesystem(rows[i].make, &n_more_questions);
        if (way == NOT_MOUNTABLE) {
            print_message("# not to be had here: %s\n", rows[i].make);
            continue;
        }
        print_message("# judged: %s\n", rows[i].make);
        n_judged++;
        assert_int_equal(way, rows[i].way);
        assert_int_equal(n_more_questions, rows[i].n_more_questions);
    }
    if (n_judged == 0) {
        SKIP_BECAUSE("no filesystem can be made here");
    }
}

static void
overlay_needs_a_stage_whatever_is_beneath(void **state)
{
    MountPoint point;
    bool is_mounted;

    (void)state;
    if (!has_own_mounts()) {
        SKIP_BECAUSE("this process may not mount anything");
    }
    point = new_mount_point();
    is_mounted = runs("mount_new() { mount -t tmpfs none \"$2\" && cd \"$2\" && "
                      "mkdir lower upper work && mount -t overlay -o "
                      "lowerdir=lower,upperdir=upper,workdir=work none \"$2\"; }; mount_new",
                      &point);
    if (is_mounted) {
        assert_true(is_staged(new_file_on(&point)));
        (void)umount2(point.place, MNT_DETACH);
    }
    remove_mount_point(&point);
    if (!is_mounted) {
        SKIP_BECAUSE("this kernel has no overlay filesystem");
    }
}

static void
multiples_of_the_page_of_the_file_are_accepted(void **state)
{
    DaxwinMapping mappings[] = {
        { 0, HUGE_PAGE, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { 4 * HUGE_PAGE, 0, 2 * HUGE_PAGE, DAXWIN_ACCESS_READ },
    };
    DaxwinFile file = { .page = HUGE_PAGE };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_admission_check_pages(&file, mappings, G_N_ELEMENTS(mappings), &error));
    assert_null(error);
}

static void
number_that_is_no_multiple_of_the_page_of_the_file_is_refused(void **state)
{
    DaxwinMapping mappings[] = {
        { HUGE_PAGE / 2, 0, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { 0, HUGE_PAGE / 2, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { 0, 0, HUGE_PAGE / 2, DAXWIN_ACCESS_READ },
    };
    DaxwinFile file = { .page = HUGE_PAGE };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(mappings); i++) {
        g_autoptr(GError) error = NULL;

        assert_false(daxwin_admission_check_pages(&file, &mappings[i], 1, &error));
        assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
        assert_non_null(strstr(error->message, "pages of 0x200000"));
    }
}

static void
last_of_several_mappings_is_judged_too(void **state)
{
    DaxwinMapping mappings[] = {
        { 0, 0, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { HUGE_PAGE, 0, HUGE_PAGE / 2, DAXWIN_ACCESS_READ },
    };
    DaxwinFile file = { .page = HUGE_PAGE };

    (void)state;
    assert_false(daxwin_admission_check_pages(&file, mappings, G_N_ELEMENTS(mappings), NULL));
}

static void
ordinary_file_consists_of_pages_of_the_host(void **state)
{
    size_t page = daxwin_host_get_page_size();
    DaxwinMapping mapping = { page, 3 * page, page, DAXWIN_ACCESS_READ };
    DaxwinFile file = { .page = page };

    (void)state;
    assert_true(daxwin_admission_check_pages(&file, &mapping, 1, NULL));
}

static void
mere_path_explains_a_refusal(void **state)
{
    int fd = open("/", O_PATH | O_CLOEXEC);
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_admission_explain(fd, DAXWIN_ACCESS_READ, EBADF, &error);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE));
    assert_non_null(strstr(error->message, "was opened as a mere path"));
    close(fd);
}

static void
opening_for_writing_only_explains_a_refusal(void **state)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_admission_explain(fd, DAXWIN_ACCESS_WRITE, EACCES, &error);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE));
    assert_non_null(strstr(error->message, "for writing only"));
    close(fd);
}

static void
opening_for_reading_only_explains_a_refusal_to_write(void **state)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_admission_explain(fd, READ_WRITE, EACCES, &error);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE));
    assert_int_equal(daxwin_error_to_errno(error), EACCES);
    assert_non_null(strstr(error->message, "for reading only"));
    close(fd);
}

static void
opening_for_reading_only_does_not_explain_a_refusal_to_read(void **state)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_admission_explain(fd, DAXWIN_ACCESS_READ, ENODEV, &error);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ENODEV);
    close(fd);
}

static void
opening_for_both_does_not_explain_a_refusal(void **state)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_admission_explain(fd, READ_WRITE, ENOMEM, &error);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    close(fd);
}

static void
bad_descriptor_does_not_explain_more_than_the_kernel_did(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    daxwin_admission_explain(-1, DAXWIN_ACCESS_READ, EBADF, &error);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EBADF);
}

#define TEST(name) cmocka_unit_test_teardown(name, stop_pretending)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(regular_file_is_admitted_and_described),
        TEST(regular_file_is_described_where_any_file_may_enter),
        TEST(bad_descriptor_is_refused_with_the_errno),
        TEST(directory_is_refused),
        TEST(pipe_is_refused),
        TEST(socket_is_refused),
        TEST(symbolic_link_is_refused),
        TEST(character_device_needs_that_any_file_may_enter),
        TEST(block_device_needs_that_any_file_may_enter),
        TEST(file_without_a_type_needs_that_any_file_may_enter),
        TEST(device_has_no_name_and_no_end),
        TEST(device_does_not_take_the_way_that_is_remembered_for_files),
        TEST(filesystem_that_cannot_be_identified_is_reported),
        TEST(filesystems_that_are_known_to_refuse_early_need_no_stage),
        TEST(all_other_filesystems_need_a_stage),
        TEST(file_of_huge_pages_needs_a_stage_and_consists_of_those),
        TEST(block_device_of_a_filesystem_is_asked_about_once),
        TEST(another_block_device_is_asked_about_and_remembered_instead),
        TEST(filesystem_without_a_block_device_is_asked_about_each_time),
        TEST(block_device_whose_files_need_a_stage_is_not_remembered),
        TEST(file_beside_this_program_is_judged_by_its_filesystem),
        TEST(file_of_a_tmpfs_needs_no_stage),
        TEST(memfd_that_cannot_be_sealed_needs_no_stage),
        TEST(memfd_that_can_still_be_sealed_needs_a_stage),
        TEST(memfd_with_any_seal_but_the_last_needs_a_stage),
        TEST(memfd_with_the_last_seal_needs_a_stage_if_another_forbids_writing),
        TEST(memfd_sealed_later_is_judged_anew),
        TEST(memfd_whose_seals_are_not_told_needs_a_stage),
        TEST(memfd_of_huge_pages_needs_a_stage_and_consists_of_those),
        TEST(file_of_sysfs_needs_a_stage),
        TEST(file_of_proc_needs_a_stage),
        TEST(new_filesystems_are_judged_as_what_they_are),
        TEST(overlay_needs_a_stage_whatever_is_beneath),
        TEST(multiples_of_the_page_of_the_file_are_accepted),
        TEST(number_that_is_no_multiple_of_the_page_of_the_file_is_refused),
        TEST(last_of_several_mappings_is_judged_too),
        TEST(ordinary_file_consists_of_pages_of_the_host),
        TEST(mere_path_explains_a_refusal),
        TEST(opening_for_writing_only_explains_a_refusal),
        TEST(opening_for_reading_only_explains_a_refusal_to_write),
        TEST(opening_for_reading_only_does_not_explain_a_refusal_to_read),
        TEST(opening_for_both_does_not_explain_a_refusal),
        TEST(bad_descriptor_does_not_explain_more_than_the_kernel_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
