/* SPDX-License-Identifier: BSD-3-Clause */
/* test-admission.c: which files may enter a window, and what is said of those that may not. */
#include "support/testing.h"

#include "admission.h"

#include <daxwin/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const DaxwinAccess READ_WRITE = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;

static const size_t HUGE_PAGE = 2 * 1024 * 1024;

static unsigned pretended_mode;   /* 0 for the true one */
static size_t pretended_page;     /* 0 for the true one */
static int refuse_page_size_with; /* errno, 0 to let it through */

int __real_daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode);
int __wrap_daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode);

int
__wrap_daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode)
{
    int saved_errno = __real_daxwin_host_identify(fd, id, mode);

    if (pretended_mode != 0) {
        *mode = pretended_mode;
    }
    return saved_errno;
}

int __real_daxwin_host_file_page_size(int fd, size_t *size);
int __wrap_daxwin_host_file_page_size(int fd, size_t *size);

int
__wrap_daxwin_host_file_page_size(int fd, size_t *size)
{
    int saved_errno = __real_daxwin_host_file_page_size(fd, size);

    if (pretended_page != 0) {
        *size = pretended_page;
    }
    return refuse_page_size_with != 0 ? refuse_page_size_with : saved_errno;
}

static int
stop_pretending(void **state)
{
    (void)state;
    pretended_mode = 0;
    pretended_page = 0;
    refuse_page_size_with = 0;
    return 0;
}

/* Whether a refusal of @fd says that it is @what. */
static bool
is_refused_as(int fd, bool any_file, const char *what)
{
    DaxwinFileId id;
    g_autoptr(GError) error = NULL;

    return !daxwin_admission_check(fd, any_file, &id, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FILE) &&
           strstr(error->message, what) != NULL;
}

static void
regular_file_is_admitted_and_named(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);
    struct stat status;
    DaxwinFileId id = { 0 };
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_int_equal(fstat(fd, &status), 0);
    assert_true(daxwin_admission_check(fd, false, &id, &error));
    assert_null(error);
    assert_int_equal(id.device, status.st_dev);
    assert_int_equal(id.inode, status.st_ino);
    close(fd);
}

static void
regular_file_is_named_where_any_file_may_enter(void **state)
{
    int fd = memfd_create("regular", MFD_CLOEXEC);
    DaxwinFileId id = { 0 };

    (void)state;
    assert_true(daxwin_admission_check(fd, true, &id, NULL));
    assert_int_not_equal(id.inode, 0);
    close(fd);
}

static void
bad_descriptor_is_refused_with_the_errno(void **state)
{
    DaxwinFileId id;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_admission_check(-1, false, &id, &error));
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
    DaxwinFileId id;

    (void)state;
    assert_true(is_refused_as(fd, false, "a character device"));
    assert_true(daxwin_admission_check(fd, true, &id, NULL));
    close(fd);
}

static void
block_device_needs_that_any_file_may_enter(void **state)
{
    int fd = memfd_create("disk", MFD_CLOEXEC);
    DaxwinFileId id;

    (void)state;
    pretended_mode = S_IFBLK | S_IRUSR;
    assert_true(is_refused_as(fd, false, "a block device"));
    assert_true(daxwin_admission_check(fd, true, &id, NULL));
    close(fd);
}

static void
file_without_a_type_needs_that_any_file_may_enter(void **state)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    DaxwinFileId id;

    (void)state;
    assert_true(is_refused_as(fd, false, "a file without a type"));
    assert_true(daxwin_admission_check(fd, true, &id, NULL));
    close(fd);
}

static void
device_is_not_named(void **state)
{
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    DaxwinFileId id = { 1, 1 };

    (void)state;
    assert_true(daxwin_admission_check(fd, true, &id, NULL));
    assert_int_equal(id.device, 0);
    assert_int_equal(id.inode, 0);
    close(fd);
}

static void
multiples_of_the_page_of_the_file_are_accepted(void **state)
{
    DaxwinMapping mappings[] = {
        { 0, HUGE_PAGE, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { 4 * HUGE_PAGE, 0, 2 * HUGE_PAGE, DAXWIN_ACCESS_READ },
    };
    int fd = memfd_create("huge", MFD_CLOEXEC);
    g_autoptr(GError) error = NULL;

    (void)state;
    pretended_page = HUGE_PAGE;
    assert_true(daxwin_admission_check_pages(fd, mappings, G_N_ELEMENTS(mappings), &error));
    assert_null(error);
    close(fd);
}

static void
number_that_is_no_multiple_of_the_page_of_the_file_is_refused(void **state)
{
    DaxwinMapping mappings[] = {
        { HUGE_PAGE / 2, 0, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { 0, HUGE_PAGE / 2, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { 0, 0, HUGE_PAGE / 2, DAXWIN_ACCESS_READ },
    };
    int fd = memfd_create("huge", MFD_CLOEXEC);

    (void)state;
    pretended_page = HUGE_PAGE;
    for (size_t i = 0; i < G_N_ELEMENTS(mappings); i++) {
        g_autoptr(GError) error = NULL;

        assert_false(daxwin_admission_check_pages(fd, &mappings[i], 1, &error));
        assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
        assert_non_null(strstr(error->message, "pages of 0x200000"));
    }
    close(fd);
}

static void
last_of_several_mappings_is_judged_too(void **state)
{
    DaxwinMapping mappings[] = {
        { 0, 0, HUGE_PAGE, DAXWIN_ACCESS_READ },
        { HUGE_PAGE, 0, HUGE_PAGE / 2, DAXWIN_ACCESS_READ },
    };
    int fd = memfd_create("huge", MFD_CLOEXEC);

    (void)state;
    pretended_page = HUGE_PAGE;
    assert_false(daxwin_admission_check_pages(fd, mappings, G_N_ELEMENTS(mappings), NULL));
    close(fd);
}

static void
ordinary_file_consists_of_pages_of_the_host(void **state)
{
    size_t page = daxwin_host_get_page_size();
    DaxwinMapping mapping = { page, 3 * page, page, DAXWIN_ACCESS_READ };
    int fd = memfd_create("ordinary", MFD_CLOEXEC);

    (void)state;
    assert_true(daxwin_admission_check_pages(fd, &mapping, 1, NULL));
    close(fd);
}

static void
unknown_page_size_is_reported_with_the_errno(void **state)
{
    DaxwinMapping mapping = { 0, 0, HUGE_PAGE, DAXWIN_ACCESS_READ };
    g_autoptr(GError) error = NULL;

    (void)state;
    refuse_page_size_with = ESTALE;
    assert_false(daxwin_admission_check_pages(5, &mapping, 1, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ESTALE);
    assert_non_null(strstr(error->message, "file descriptor 5"));
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_file_is_admitted_and_named),
        cmocka_unit_test(regular_file_is_named_where_any_file_may_enter),
        cmocka_unit_test(bad_descriptor_is_refused_with_the_errno),
        cmocka_unit_test(directory_is_refused),
        cmocka_unit_test(pipe_is_refused),
        cmocka_unit_test(socket_is_refused),
        cmocka_unit_test(symbolic_link_is_refused),
        cmocka_unit_test(character_device_needs_that_any_file_may_enter),
        cmocka_unit_test_teardown(block_device_needs_that_any_file_may_enter, stop_pretending),
        cmocka_unit_test(file_without_a_type_needs_that_any_file_may_enter),
        cmocka_unit_test(device_is_not_named),
        cmocka_unit_test_teardown(multiples_of_the_page_of_the_file_are_accepted, stop_pretending),
        cmocka_unit_test_teardown(number_that_is_no_multiple_of_the_page_of_the_file_is_refused,
                                  stop_pretending),
        cmocka_unit_test_teardown(last_of_several_mappings_is_judged_too, stop_pretending),
        cmocka_unit_test(ordinary_file_consists_of_pages_of_the_host),
        cmocka_unit_test_teardown(unknown_page_size_is_reported_with_the_errno, stop_pretending),
        cmocka_unit_test(mere_path_explains_a_refusal),
        cmocka_unit_test(opening_for_writing_only_explains_a_refusal),
        cmocka_unit_test(opening_for_reading_only_explains_a_refusal_to_write),
        cmocka_unit_test(opening_for_reading_only_does_not_explain_a_refusal_to_read),
        cmocka_unit_test(opening_for_both_does_not_explain_a_refusal),
        cmocka_unit_test(bad_descriptor_does_not_explain_more_than_the_kernel_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
