/* SPDX-License-Identifier: BSD-3-Clause */
/* test-window.c: what a window accepts and refuses, and what it shows afterwards. */
#include "support/testing.h"
#include "support/windows.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Birth and death */

static void
new_window_is_idle(void **state)
{
    Fixture *f = *state;

    assert_true(is_all_idle(f));
    assert_int_equal(daxwin_window_get_size(f->window), pages(WINDOW_PAGES));
    assert_int_equal(daxwin_window_get_protection(f->window), PROT_NONE);
    assert_true(lists(f, NULL, 0));
    assert_true(agrees(f));
}

static void
new_window_for_ppc64_is_readable(void **state)
{
    g_autoptr(DaxwinWindow) window =
        daxwin_window_new(pages(4), DAXWIN_ARCH_PPC64, DAXWIN_WINDOW_DEFAULT, NULL);

    (void)state;
    assert_int_equal(daxwin_window_get_protection(window), PROT_READ);
    assert_true(is_one_area(daxwin_window_get_base(window), pages(4), "r--p"));
    assert_true(daxwin_window_audit(window, NULL));
}

static void
new_window_of_a_bad_size_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_null(daxwin_window_new(pages(3), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE));
    assert_int_equal(daxwin_error_to_errno(error), EINVAL);
}

static void
new_window_for_an_unknown_guest_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_null(daxwin_window_new(pages(4), (DaxwinArch)77, DAXWIN_WINDOW_DEFAULT, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ARCH));
    assert_int_equal(daxwin_error_to_errno(error), EINVAL);
}

static void
new_window_without_address_space_reports_the_errno(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    host_faults_refuse(HOST_RESERVE, ENOMEM, 1, 1);
    assert_null(daxwin_window_new(pages(4), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
}

static void
base_is_a_multiple_of_the_size(void **state)
{
    (void)state;
    for (uint64_t size = pages(1); size <= (UINT64_C(1) << 28); size *= 2) {
        g_autoptr(DaxwinWindow) window =
            daxwin_window_new(size, DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);

        assert_int_equal((uintptr_t)daxwin_window_get_base(window) % size, 0);
    }
}

static void *
ref_and_unref(void *window)
{
    for (int i = 0; i < 10000; i++) {
        daxwin_window_unref(daxwin_window_ref(window));
    }
    daxwin_window_unref(window);
    return NULL;
}

static void
references_of_several_threads_are_counted(void **state)
{
    enum {
        THREADS = 4
    };

    Fixture *f = *state;
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, ref_and_unref, daxwin_window_ref(f->window)), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_true(map_pages(f, f->file, 0, 4, R));
}

static void
last_reference_takes_the_address_space_away(void **state)
{
    DaxwinWindow *window =
        daxwin_window_new(pages(4), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);

    char *base = daxwin_window_get_base(window);

    (void)state;
    host_faults_reset();
    daxwin_window_unref(daxwin_window_ref(window));
    assert_int_equal(host_faults_count(HOST_RELEASE), 0);
    daxwin_window_unref(window);
    assert_true(host_faults_count(HOST_RELEASE) > 0);
    assert_int_equal(report_areas(base, pages(4)).covered, 0);
}

/* Maps that are refused */

static void
map_that_wraps_around_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = { -pages(1), 0, pages(2), DAXWIN_ACCESS_READ };

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(was_refused(try_map(f, f->file, mapping), DAXWIN_ERROR_RANGE, EINVAL));
}

static void
map_whose_end_wraps_to_zero_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = { -pages(1), 0, pages(1), DAXWIN_ACCESS_READ };

    assert_true(was_refused(try_map(f, f->file, mapping), DAXWIN_ERROR_RANGE, EINVAL));
}

static void
map_past_the_end_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->other, WINDOW_PAGES - 4, 4, R));
    assert_true(was_refused(try_map(f, f->file, piece(WINDOW_PAGES - 2, 0, 3, R)),
                            DAXWIN_ERROR_RANGE, EINVAL));
    assert_true(
        was_refused(try_map(f, f->file, piece(WINDOW_PAGES, 0, 1, R)), DAXWIN_ERROR_RANGE, EINVAL));
}

static void
map_beyond_the_longest_file_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = { 0, INT64_MAX - pages(1) + 1, pages(1), DAXWIN_ACCESS_READ };

    assert_true(was_refused(try_map(f, f->file, mapping), DAXWIN_ERROR_RANGE, EINVAL));
}

static void
map_at_an_unaligned_window_offset_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = { pages(2) + 512, 0, pages(1), DAXWIN_ACCESS_READ };

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(was_refused(try_map(f, f->file, mapping), DAXWIN_ERROR_ALIGNMENT, EINVAL));
}

static void
map_from_an_unaligned_file_offset_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = { pages(2), 1, pages(1), DAXWIN_ACCESS_READ };

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(was_refused(try_map(f, f->file, mapping), DAXWIN_ERROR_ALIGNMENT, EINVAL));
}

static void
map_of_an_unaligned_length_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = { pages(2), 0, 100, DAXWIN_ACCESS_READ };

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(was_refused(try_map(f, f->file, mapping), DAXWIN_ERROR_ALIGNMENT, EINVAL));
}

static void
map_of_no_length_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(was_refused(try_map(f, f->file, piece(2, 0, 0, R)), DAXWIN_ERROR_RANGE, EINVAL));
}

static void
map_without_access_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(was_refused(try_map(f, f->file, piece(2, 0, 1, 0)), DAXWIN_ERROR_ACCESS, EINVAL));
}

static void
map_with_unknown_access_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(
        was_refused(try_map(f, f->file, piece(2, 0, 1, R | 4)), DAXWIN_ERROR_ACCESS, EINVAL));
}

static void
map_of_a_file_open_for_writing_only_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(
        was_refused(try_map_and_close(f, reopen(f->file, O_WRONLY), R), DAXWIN_ERROR_FILE, EACCES));
    assert_true(
        was_refused(try_map_and_close(f, reopen(f->file, O_WRONLY), W), DAXWIN_ERROR_FILE, EACCES));
}

static void
writable_map_of_a_file_open_for_reading_only_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(was_refused(try_map_and_close(f, reopen(f->file, O_RDONLY), RW), DAXWIN_ERROR_FILE,
                            EACCES));
}

static void
map_of_a_mere_path_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->other, 0, 16, R));
    assert_true(
        was_refused(try_map_and_close(f, reopen(f->file, O_PATH), R), DAXWIN_ERROR_FILE, EACCES));
}

static void
map_of_a_directory_is_refused(void **state)
{
    Fixture *f = *state;
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(was_refused(try_map_and_close(f, fd, R), DAXWIN_ERROR_FILE, EACCES));
}

static void
map_of_a_pipe_is_refused(void **state)
{
    Fixture *f = *state;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    (void)close(ends[1]);
    assert_true(was_refused(try_map_and_close(f, ends[0], R), DAXWIN_ERROR_FILE, EACCES));
}

static void
map_of_a_socket_is_refused(void **state)
{
    Fixture *f = *state;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(was_refused(try_map_and_close(f, fd, R), DAXWIN_ERROR_FILE, EACCES));
}

static void
map_of_a_device_is_refused(void **state)
{
    Fixture *f = *state;
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

    assert_true(was_refused(try_map_and_close(f, fd, RW), DAXWIN_ERROR_FILE, EACCES));
}

static void
map_of_a_device_is_done_if_any_file_may_be(void **state)
{
    Fixture *f = *state;
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    Outcome outcome = try_map_and_close(f, fd, RW);

    assert_true(outcome.is_done);
    *address_of(f, 8) = 1;
    assert_int_equal(*address_of(f, 8), 1);
    assert_true(agrees(f));
}

static void
map_of_a_pipe_is_refused_even_if_any_file_may_be(void **state)
{
    Fixture *f = *state;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    (void)close(ends[1]);
    assert_true(was_refused(try_map_and_close(f, ends[0], R), DAXWIN_ERROR_FILE, EACCES));
}

static void
map_of_a_closed_file_is_refused(void **state)
{
    Fixture *f = *state;
    int fd = dup(f->file);

    (void)close(fd);
    assert_true(was_refused(try_map(f, fd, piece(0, 0, 1, R)), DAXWIN_ERROR_SYSTEM, EBADF));
    assert_true(was_refused(try_map(f, -1, piece(0, 0, 1, R)), DAXWIN_ERROR_SYSTEM, EBADF));
}

static void
writable_map_of_a_file_sealed_against_it_is_refused(void **state)
{
    Fixture *f = *state;

    int fd = new_marked_file(3, FILE_PAGES);

    assert_true(map_pages(f, f->other, 0, 8, R));
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
    assert_true(was_refused(try_map(f, fd, piece(8, 0, 4, RW)), DAXWIN_ERROR_SYSTEM, EPERM));
    assert_true(try_map(f, fd, piece(8, 0, 4, R)).is_done);
    (void)close(fd);
}

static void
small_map_of_a_file_with_huge_pages_is_refused(void **state)
{
    Fixture *f = *state;
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
    struct stat status;

    if (fd < 0 || ftruncate(fd, (off_t)(64 << 20)) != 0 || fstat(fd, &status) != 0) {
        SKIP_BECAUSE("this kernel has no hugetlbfs");
    }
    if ((uint64_t)status.st_blksize <= pages(WINDOW_PAGES)) {
        (void)close(fd);
        SKIP_BECAUSE("a huge page is smaller than the window of this test");
    }
    assert_true(was_refused(try_map_and_close(f, fd, R), DAXWIN_ERROR_ALIGNMENT, EINVAL));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 0);
}

static void
map_of_huge_pages_that_are_not_to_be_had_leaves_no_hole(void **state)
{
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
    struct stat status;

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind does not know MAP_FIXED_NOREPLACE");
    }
    if (fd < 0 || ftruncate(fd, (off_t)1 << 40) != 0 || fstat(fd, &status) != 0) {
        SKIP_BECAUSE("this kernel has no hugetlbfs");
    }

    uint64_t size = (uint64_t)status.st_blksize * 2;
    DaxwinMapping mapping = { 0, 0, size, DAXWIN_ACCESS_READ };
    g_autoptr(DaxwinWindow) window =
        daxwin_window_new(size, DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);

    /* Whether or not the host has that many, nothing may be left open. */
    (void)daxwin_window_map(window, fd, &mapping, NULL);
    assert_false(has_hole(daxwin_window_get_base(window), size));
    assert_true(daxwin_window_audit(window, NULL));
    (void)close(fd);
}

static void
unknown_filesystem_of_a_file_is_reported(void **state)
{
    Fixture *f = *state;

    host_faults_refuse(HOST_IDENTIFY_FILESYSTEM, EIO, 1, 1);
    assert_true(was_refused(try_map(f, f->file, piece(0, 0, 1, R)), DAXWIN_ERROR_SYSTEM, EIO));
}

/* The kernel takes the old mapping away before sysfs says that it cannot be mapped. */
static void
refusal_that_leaves_a_hole_is_mended(void **state)
{
    Fixture *f = *state;
    int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);

    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind does not know MAP_FIXED_NOREPLACE");
    }
    if (fd < 0) {
        SKIP_BECAUSE("no sysfs here");
    }
    assert_true(map_pages(f, f->file, 0, 16, R));
    assert_false(try_map_and_close(f, fd, R).is_done);
    assert_false(has_hole(daxwin_window_get_base(f->window), pages(WINDOW_PAGES)));
    assert_true(agrees(f));
    assert_true(map_pages(f, f->file, 0, 16, R));
}

static void
refused_requests_are_counted(void **state)
{
    Fixture *f = *state;
    DaxwinRange bad[] = { { 1, 1 }, { 2, 2 } };

    (void)try_map(f, f->file, piece(0, 0, 0, R));
    (void)try_map(f, -1, piece(0, 0, 1, R));
    (void)try_unmap(f, 0, 1);
    (void)daxwin_window_unmap_batch(f->window, bad, 2, NULL);
    assert_int_equal(usage_of(f).refused, 4);
    assert_int_equal(usage_of(f).maps, 0);
    assert_int_equal(usage_of(f).unmaps, 0);
}

/* The rules of virtio-fs */

static void
map_shows_the_file(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = piece(2, 10, 3, R);

    assert_true(daxwin_window_map(f->window, f->file, &mapping, NULL));
    for (uint64_t page = 0; page < 3; page++) {
        assert_int_equal(mark_at(address_of(f, 2 + page)), mark_of(1, 10 + page));
    }
    assert_true(shows(f, 0, 0, 2) && shows(f, 0, 5, WINDOW_PAGES - 5));
    assert_true(lists(f, &mapping, 1));
    assert_true(agrees(f));
}

static void
map_for_writing_alone_can_be_written(void **state)
{
    Fixture *f = *state;
    char byte = 0;

    assert_true(map_pages(f, f->file, 2, 1, W));
    address_of(f, 2)[100] = 'x';
    assert_int_equal(pread(f->file, &byte, 1, (off_t)pages(2) + 100), 1);
    assert_int_equal(byte, 'x');
    assert_true(agrees(f));
}

static void
map_of_the_whole_window_is_done(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, WINDOW_PAGES, RW));
    assert_true(shows(f, 1, 0, WINDOW_PAGES));
    assert_true(agrees(f));
}

static void
mapping_stays_when_the_file_is_closed(void **state)
{
    Fixture *f = *state;
    int fd = reopen(f->file, O_RDONLY);

    assert_true(map_pages(f, fd, 0, 4, R));
    (void)close(fd);
    assert_true(shows(f, 1, 0, 4));
    assert_true(agrees(f));
}

static void
mapping_may_be_longer_than_the_file(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = piece(0, FILE_PAGES - 2, 8, R);

    assert_true(daxwin_window_map(f->window, f->file, &mapping, NULL));
    assert_int_equal(mark_at(address_of(f, 1)), mark_of(1, FILE_PAGES - 1));
    assert_true(agrees(f));
    assert_int_equal(usage_of(f).bytes_mapped, pages(8));
}

static void
map_replaces_an_equal_range(void **state)
{
    Fixture *f = *state;
    DaxwinMapping mapping = piece(4, 4, 4, R);

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(map_pages(f, f->other, 4, 4, R));
    assert_true(shows(f, 2, 4, 4));
    assert_true(lists(f, &mapping, 1));
    assert_int_equal(usage_of(f).replaced, 1);
    assert_true(agrees(f));
}

static void
map_shortens_a_head(void **state)
{
    Fixture *f = *state;
    DaxwinMapping both[] = { piece(2, 2, 4, R), piece(6, 6, 2, R) };

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(map_pages(f, f->other, 2, 4, R));
    assert_true(shows(f, 2, 2, 4) && shows(f, 1, 6, 2));
    assert_true(lists(f, both, 2));
    assert_true(agrees(f));
}

static void
map_shortens_a_tail(void **state)
{
    Fixture *f = *state;
    DaxwinMapping both[] = { piece(4, 4, 2, R), piece(6, 6, 4, R) };

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(map_pages(f, f->other, 6, 4, R));
    assert_true(shows(f, 1, 4, 2) && shows(f, 2, 6, 4));
    assert_true(lists(f, both, 2));
    assert_true(agrees(f));
}

static void
map_splits_a_mapping(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(4, 4, 3, RW), piece(7, 7, 2, R), piece(9, 9, 3, RW) };

    assert_true(map_pages(f, f->file, 4, 8, RW));
    assert_true(map_pages(f, f->other, 7, 2, R));
    assert_true(shows(f, 1, 4, 3) && shows(f, 2, 7, 2) && shows(f, 1, 9, 3));
    assert_true(lists(f, three, 3));
    assert_int_equal(usage_of(f).replaced, 1);
    assert_true(agrees(f));
}

static void
map_spans_several_mappings(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(0, 0, 2, R), piece(2, 2, 10, R), piece(12, 12, 2, R) };

    assert_true(map_pages(f, f->file, 0, 4, R) && map_pages(f, f->file, 6, 1, R) &&
                map_pages(f, f->file, 10, 4, R));
    assert_true(map_pages(f, f->other, 2, 10, R));
    assert_true(shows(f, 1, 0, 2) && shows(f, 2, 2, 10) && shows(f, 1, 12, 2));
    assert_true(lists(f, three, 3));
    assert_int_equal(usage_of(f).replaced, 3);
    assert_true(agrees(f));
}

static void
unmap_of_a_middle_splits_the_mapping(void **state)
{
    Fixture *f = *state;
    DaxwinMapping both[] = { piece(4, 4, 2, R), piece(8, 8, 4, R) };

    assert_true(map_pages(f, f->file, 4, 8, R));
    assert_true(unmap_pages(f, 6, 2));
    assert_true(shows(f, 1, 4, 2) && shows(f, 0, 6, 2) && shows(f, 1, 8, 4));
    assert_true(lists(f, both, 2));
    assert_true(agrees(f));
}

static void
unmap_spans_several_mappings(void **state)
{
    Fixture *f = *state;
    DaxwinMapping both[] = { piece(0, 0, 2, R), piece(12, 12, 2, R) };

    assert_true(map_pages(f, f->file, 0, 4, R) && map_pages(f, f->other, 6, 1, RW) &&
                map_pages(f, f->file, 10, 4, R));
    assert_true(unmap_pages(f, 2, 10));
    assert_true(shows(f, 0, 2, 10));
    assert_true(lists(f, both, 2));
    assert_int_equal(usage_of(f).unmaps, 1);
    assert_true(agrees(f));
}

static void
unmap_of_a_free_range_does_nothing(void **state)
{
    Fixture *f = *state;
    Outcome outcome = try_unmap(f, pages(4), pages(4));

    assert_true(outcome.is_done && outcome.is_as_before);
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 0);
}

static void
unmap_of_all_leaves_one_area(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 4, R) && map_pages(f, f->other, 9, 3, RW));
    assert_true(unmap_pages(f, 0, WINDOW_PAGES));
    assert_true(is_all_idle(f));
}

static void
unmap_of_a_bad_range_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, WINDOW_PAGES, R));
    assert_true(was_refused(try_unmap(f, 1, pages(1)), DAXWIN_ERROR_ALIGNMENT, EINVAL));
    assert_true(was_refused(try_unmap(f, 0, 100), DAXWIN_ERROR_ALIGNMENT, EINVAL));
    assert_true(was_refused(try_unmap(f, 0, 0), DAXWIN_ERROR_RANGE, EINVAL));
    assert_true(was_refused(try_unmap(f, -pages(1), pages(2)), DAXWIN_ERROR_RANGE, EINVAL));
    assert_true(
        was_refused(try_unmap(f, pages(WINDOW_PAGES - 1), pages(2)), DAXWIN_ERROR_RANGE, EINVAL));
    assert_true(was_refused(try_unmap(f, 0, UINT64_MAX), DAXWIN_ERROR_ALIGNMENT, EINVAL));
}

static void
unmap_that_the_kernel_refuses_changes_nothing(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 8, R));
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
    assert_true(was_refused(try_unmap(f, pages(2), pages(2)), DAXWIN_ERROR_SYSTEM, EIO));
    assert_int_equal(usage_of(f).refused, 1);
}

static void
unmap_batch_joins_neighbours(void **state)
{
    Fixture *f = *state;
    DaxwinRange ranges[] = { { pages(0), pages(2) },
                             { pages(2), pages(1) },
                             { pages(3), pages(4) },
                             { pages(9), pages(1) } };

    assert_true(map_pages(f, f->file, 0, 16, R));
    assert_true(daxwin_window_unmap_batch(f->window, ranges, 4, NULL));
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 2);
    assert_int_equal(usage_of(f).unmaps, 4);
    assert_true(shows(f, 0, 0, 7) && shows(f, 1, 7, 2) && shows(f, 0, 9, 1));
    assert_true(agrees(f));
}

static void
unmap_batch_goes_on_after_a_bad_range(void **state)
{
    Fixture *f = *state;
    DaxwinRange ranges[] = {
        { pages(0), pages(2) }, { pages(2), 1 }, { pages(4), 0 }, { pages(6), pages(2) }
    };
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->file, 0, 16, R));
    assert_false(daxwin_window_unmap_batch(f->window, ranges, 4, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_true(shows(f, 0, 0, 2) && shows(f, 1, 2, 4) && shows(f, 0, 6, 2) && shows(f, 1, 8, 8));
    assert_int_equal(usage_of(f).unmaps, 2);
    assert_int_equal(usage_of(f).refused, 1);
    assert_true(agrees(f));
}

static void
unmap_batch_goes_on_after_a_refusal_of_the_kernel(void **state)
{
    Fixture *f = *state;
    DaxwinRange ranges[] = { { pages(0), pages(2) }, { pages(6), pages(2) } };
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->file, 0, 16, R));
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
    assert_false(daxwin_window_unmap_batch(f->window, ranges, 2, &error));
    assert_int_equal(daxwin_error_to_errno(error), EIO);
    assert_true(shows(f, 1, 0, 6) && shows(f, 0, 6, 2));
    assert_true(agrees(f));
}

static void
unmap_batch_that_cannot_be_joined_goes_one_by_one(void **state)
{
    Fixture *f = *state;
    DaxwinRange ranges[] = { { pages(0), pages(2) }, { pages(2), pages(2) } };
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->file, 0, 16, R));
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 2);
    assert_false(daxwin_window_unmap_batch(f->window, ranges, 2, &error));
    assert_int_equal(daxwin_error_to_errno(error), EIO);
    assert_int_equal(usage_of(f).unmaps, 1);
    assert_int_equal(usage_of(f).refused, 1);
    assert_true(shows(f, 1, 0, 2) && shows(f, 0, 2, 2) && shows(f, 1, 4, 12));
    assert_true(agrees(f));
}

static void
unmap_batch_of_nothing_does_nothing(void **state)
{
    Fixture *f = *state;

    assert_true(daxwin_window_unmap_batch(f->window, NULL, 0, NULL));
    assert_int_equal(usage_of(f).unmaps, 0);
}

static void
clear_takes_one_call(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 2, R) && map_pages(f, f->other, 9, 2, RW));
    assert_true(daxwin_window_clear(f->window, NULL));
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 1);
    assert_true(is_all_idle(f));
    assert_true(lists(f, NULL, 0));
    assert_int_equal(usage_of(f).unmaps, 1);
    assert_true(map_pages(f, f->file, 0, 2, R));
}

static void
clear_that_the_kernel_refuses_changes_nothing(void **state)
{
    Fixture *f = *state;
    g_autoptr(Snapshot) before = NULL;
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->file, 0, 2, R));
    before = snapshot_new(f->window);
    host_faults_refuse(HOST_RESERVE_OVER, EIO, 1, 1);
    assert_false(daxwin_window_clear(f->window, &error));
    assert_int_equal(daxwin_error_to_errno(error), EIO);
    assert_true(is_as_before(f->window, before));
    assert_int_equal(usage_of(f).refused, 1);
}

/* When the process has no kernel areas left */

static void
unmap_without_areas_opens_the_parachute(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 8, R));
    host_faults_reset();
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    assert_true(unmap_pages(f, 2, 2));
    assert_true(host_faults_count(HOST_PROTECT) > 1);
    assert_true(shows(f, 1, 0, 2) && shows(f, 0, 2, 2) && shows(f, 1, 4, 4));
    assert_int_equal(usage_of(f).lost, 0);
    assert_true(agrees(f));
}

static void
unmap_that_is_not_to_be_had_makes_memory_unreachable(void **state)
{
    SKIP_IN_USER_EMULATOR();

    Fixture *f = *state;
    DaxwinMapping both[] = { piece(0, 0, 2, R), piece(4, 4, 4, R) };

    if (!has_guards(f)) {
        SKIP_BECAUSE("this kernel has no guard markers for files");
    }
    assert_true(map_pages(f, f->file, 0, 8, R));
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, SIZE_MAX);
    assert_true(unmap_pages(f, 2, 2));
    assert_true(shows(f, 1, 0, 2) && shows(f, 0, 2, 2) && shows(f, 1, 4, 4));
    assert_true(lists(f, both, 2));
    assert_true(agrees(f));
    assert_int_equal(usage_of(f).lost, 0);
}

static void
next_map_or_unmap_catches_up(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 8, R));
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, SIZE_MAX);
    assert_true(unmap_pages(f, 0, 8));
    assert_false(is_all_idle(f));
    host_faults_reset();
    assert_true(unmap_pages(f, 40, 1));
    assert_true(is_all_idle(f));
}

static void
next_unmap_arms_the_parachute(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 8, R));
    host_faults_reset();
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, 1);
    host_faults_refuse(HOST_PROTECT, ENOMEM, 2, 1); /* the first call opens it */
    assert_true(unmap_pages(f, 2, 2));
    host_faults_reset();
    assert_true(unmap_pages(f, 40, 1));
    assert_true(host_faults_count(HOST_PROTECT) > 0);
    host_faults_reset();
    assert_true(unmap_pages(f, 40, 1));
    assert_int_equal(host_faults_count(HOST_PROTECT), 0);
}

static void
neighbours_that_go_with_an_unmapped_range_are_counted(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 2, R) && map_pages(f, f->file, 2, 2, R) &&
                map_pages(f, f->file, 4, 2, R) && map_pages(f, f->other, 6, 2, R));
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, SIZE_MAX);
    host_faults_refuse(HOST_GUARD, EINVAL, 1, SIZE_MAX);
    assert_true(unmap_pages(f, 2, 2));
    assert_int_equal(usage_of(f).lost, 2);
    assert_int_equal(usage_of(f).mappings, 1);
    assert_true(shows(f, 0, 0, 6) && shows(f, 2, 6, 2));
    assert_true(agrees(f));
}

static void
map_that_the_kernel_refuses_for_want_of_areas_says_so(void **state)
{
    Fixture *f = *state;

    host_faults_refuse(HOST_READ_MAX_MAP_COUNT, EACCES, 1, 1);
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 1, 1);
    assert_true(was_refused(try_map(f, f->file, piece(0, 0, 1, R)), DAXWIN_ERROR_SYSTEM, ENOMEM));
}

/* Batches */

static void
batch_of_nothing_does_nothing(void **state)
{
    Fixture *f = *state;

    assert_true(daxwin_window_map_batch(f->window, -1, NULL, 0, NULL));
    assert_int_equal(usage_of(f).maps, 0);
}

static void
batch_joins_entries_that_continue_each_other(void **state)
{
    Fixture *f = *state;
    DaxwinMapping four[] = { piece(0, 0, 2, R), piece(2, 2, 1, R), piece(3, 3, 1, R),
                             piece(8, 8, 1, R) };

    assert_true(try_batch(f, f->file, four, 4).is_done);
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 2);
    assert_int_equal(usage_of(f).maps, 4);
    assert_true(lists(f, four, 4));
    assert_true(shows(f, 1, 0, 4) && shows(f, 1, 8, 1));
    assert_true(agrees(f));
}

static void
batch_of_which_one_joined_run_fits_takes_one_call(void **state)
{
    Fixture *f = *state;
    DaxwinMapping two[] = { piece(0, 0, 2, R), piece(2, 2, 2, R) };

    assert_true(map_pages(f, f->other, 0, 8, R));
    host_faults_reset();
    assert_true(try_batch(f, f->file, two, 2).is_done);
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 1);
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 0);
    assert_true(shows(f, 1, 0, 4) && shows(f, 2, 4, 4));
}

static void
batch_with_a_bad_entry_changes_nothing(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(0, 0, 2, R), piece(4, 4, 2, R), piece(WINDOW_PAGES, 0, 1, R) };

    assert_true(map_pages(f, f->other, 0, 8, R));
    host_faults_reset();
    assert_true(was_refused(try_batch(f, f->file, three, 3), DAXWIN_ERROR_RANGE, EINVAL));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 0);
}

static void
batch_with_a_late_refusal_restores_older_mappings(void **state)
{
    Fixture *f = *state;
    int fd = reopen(f->file, O_RDONLY);
    DaxwinMapping four[] = { piece(1, 1, 3, R), piece(6, 6, 4, R), piece(20, 20, 1, R),
                             piece(5, 5, 2, RW) };

    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses to duplicate mappings");
    }
    assert_true(map_pages(f, f->other, 0, 8, RW) && map_pages(f, f->other, 8, 4, R));
    assert_true(was_refused(try_batch(f, fd, four, 4), DAXWIN_ERROR_FILE, EACCES));
    assert_int_equal(usage_of(f).replaced, 0);
    assert_int_equal(usage_of(f).maps, 2);
    (void)close(fd);
}

static void
batch_over_idle_memory_with_a_late_refusal_leaves_it_idle(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(1, 1, 3, R), piece(6, 6, 4, R), piece(20, 20, 1, R) };

    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 3, 1);
    assert_true(was_refused(try_batch(f, f->file, three, 3), DAXWIN_ERROR_SYSTEM, ENOMEM));
    assert_true(is_all_idle(f));
}

static void
writes_to_a_restored_mapping_reach_its_file(void **state)
{
    Fixture *f = *state;
    DaxwinMapping two[] = { piece(0, 0, 2, R), piece(4, 4, 2, R) };
    uint64_t mark = 0;

    assert_true(map_pages(f, f->other, 0, 8, RW));
    host_faults_refuse(HOST_MAP_OVER, ENOMEM, 2, 1);
    assert_false(try_batch(f, f->file, two, 2).is_done);
    *(uint64_t *)address_of(f, 1) = 4711;
    assert_int_equal(pread(f->other, &mark, sizeof mark, (off_t)pages(1)), sizeof mark);
    assert_int_equal(mark, 4711);
}

/* Strict rules */

static void
strict_map_over_a_mapping_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(was_refused(try_map(f, f->other, piece(4, 4, 4, R)), DAXWIN_ERROR_OVERLAP, EEXIST));
    assert_true(was_refused(try_map(f, f->other, piece(7, 0, 2, R)), DAXWIN_ERROR_OVERLAP, EEXIST));
    assert_true(was_refused(try_map(f, f->other, piece(3, 0, 2, R)), DAXWIN_ERROR_OVERLAP, EEXIST));
    assert_true(was_refused(try_map(f, f->other, piece(5, 0, 1, R)), DAXWIN_ERROR_OVERLAP, EEXIST));
}

static void
strict_map_beside_a_mapping_is_done(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_true(map_pages(f, f->other, 8, 4, R) && map_pages(f, f->other, 2, 2, R));
    assert_true(shows(f, 2, 2, 2) && shows(f, 1, 4, 4) && shows(f, 2, 8, 4));
    assert_true(agrees(f));
}

static void
strict_batch_that_meets_itself_is_refused(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(8, 8, 2, R), piece(0, 0, 2, R), piece(9, 9, 2, R) };

    assert_true(was_refused(try_batch(f, f->file, three, 3), DAXWIN_ERROR_OVERLAP, EEXIST));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 0);
}

static void
strict_batch_of_neighbours_is_done(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(8, 8, 2, R), piece(6, 6, 2, R), piece(10, 10, 2, RW) };

    assert_true(try_batch(f, f->file, three, 3).is_done);
    assert_true(shows(f, 1, 6, 6));
    assert_true(agrees(f));
}

static void
strict_unmap_of_a_whole_mapping_is_done(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, R) && map_pages(f, f->file, 8, 4, R));
    assert_true(unmap_pages(f, 4, 4));
    assert_true(shows(f, 0, 4, 4) && shows(f, 1, 8, 4));
    assert_true(agrees(f));
}

static void
strict_unmap_of_anything_else_is_refused(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 4, 4, R) && map_pages(f, f->file, 8, 4, R));
    assert_true(was_refused(try_unmap(f, pages(4), pages(2)), DAXWIN_ERROR_NOT_MAPPED, ENOENT));
    assert_true(was_refused(try_unmap(f, pages(5), pages(3)), DAXWIN_ERROR_NOT_MAPPED, ENOENT));
    assert_true(was_refused(try_unmap(f, pages(4), pages(8)), DAXWIN_ERROR_NOT_MAPPED, ENOENT));
    assert_true(was_refused(try_unmap(f, pages(20), pages(4)), DAXWIN_ERROR_NOT_MAPPED, ENOENT));
}

static void
strict_unmap_batch_joins_whole_mappings(void **state)
{
    Fixture *f = *state;
    DaxwinRange ranges[] = { { pages(4), pages(4) },
                             { pages(8), pages(4) },
                             { pages(12), pages(1) } };
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->file, 4, 4, R) && map_pages(f, f->file, 8, 4, R) &&
                map_pages(f, f->file, 12, 4, R));
    assert_false(daxwin_window_unmap_batch(f->window, ranges, 3, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_NOT_MAPPED));
    assert_int_equal(host_faults_count(HOST_RESERVE_OVER), 1);
    assert_true(shows(f, 0, 4, 8) && shows(f, 1, 12, 4));
    assert_true(agrees(f));
}

static void
strict_unmap_batch_takes_no_mapping_twice(void **state)
{
    Fixture *f = *state;
    DaxwinRange twice[] = { { pages(4), pages(4) }, { pages(4), pages(4) } };
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->file, 4, 4, R));
    assert_false(daxwin_window_unmap_batch(f->window, twice, 2, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_NOT_MAPPED));
    assert_true(is_all_idle(f));
}

/* The limit */

static void
limit_is_reached_exactly(void **state)
{
    Fixture *f = *state;

    daxwin_window_set_limit(f->window, 2);
    assert_true(map_pages(f, f->file, 0, 1, R) && map_pages(f, f->file, 2, 1, R));
    assert_true(was_refused(try_map(f, f->file, piece(4, 4, 1, R)), DAXWIN_ERROR_LIMIT, ENOSPC));
    assert_true(unmap_pages(f, 0, 1));
    assert_true(map_pages(f, f->file, 4, 1, R));
}

static void
limit_lets_a_mapping_be_upgraded(void **state)
{
    Fixture *f = *state;
    DaxwinMapping upgraded = piece(0, 0, 4, RW);

    daxwin_window_set_limit(f->window, 1);
    assert_true(map_pages(f, f->file, 0, 4, R));
    assert_true(daxwin_window_map(f->window, f->file, &upgraded, NULL));
    assert_true(lists(f, &upgraded, 1));
    assert_true(agrees(f));
}

static void
limit_refuses_a_split(void **state)
{
    Fixture *f = *state;

    daxwin_window_set_limit(f->window, 2);
    assert_true(map_pages(f, f->file, 0, 8, R));
    assert_true(was_refused(try_map(f, f->other, piece(4, 4, 1, R)), DAXWIN_ERROR_LIMIT, ENOSPC));
    assert_true(unmap_pages(f, 4, 1));
}

static void
limit_lets_a_batch_in_that_just_fits(void **state)
{
    Fixture *f = *state;
    DaxwinMapping three[] = { piece(0, 0, 1, R), piece(2, 2, 1, R), piece(4, 4, 1, R) };

    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses to duplicate mappings");
    }
    daxwin_window_set_limit(f->window, 2);
    assert_true(was_refused(try_batch(f, f->file, three, 3), DAXWIN_ERROR_LIMIT, ENOSPC));
    daxwin_window_set_limit(f->window, 3);
    assert_true(try_batch(f, f->file, three, 3).is_done);
    assert_true(try_batch(f, f->other, three, 3).is_done);
    assert_true(shows(f, 2, 0, 1) && shows(f, 2, 4, 1));
}

static void
lowered_limit_leaves_what_is_there(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->file, 0, 1, R) && map_pages(f, f->file, 2, 1, R));
    daxwin_window_set_limit(f->window, 1);
    assert_true(shows(f, 1, 0, 1) && shows(f, 1, 2, 1));
    assert_true(was_refused(try_map(f, f->file, piece(4, 4, 1, R)), DAXWIN_ERROR_LIMIT, ENOSPC));
}

/* Memory of others */

static void
damage_foreign(void *address, size_t length)
{
    (void)munmap(address, length);
    (void)mmap(address, pages(1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
               -1, 0);
    *(uint64_t *)address = mark_of(99, 0);
}

/* Memory of others gets to page 8. */
static bool
let_foreign_in(Fixture *f)
{
    host_faults_refuse(HOST_MAP_OVER, ENODEV, 1, 1);
    host_faults[HOST_MAP_OVER].damage = damage_foreign;
    return try_map(f, f->file, piece(8, 8, 4, R)).code == DAXWIN_ERROR_FOREIGN;
}

static bool
is_foreign_there(Fixture *f)
{
    return mark_at(address_of(f, 8)) == mark_of(99, 0);
}

static void
window_with_foreign_memory_takes_no_more_maps(void **state)
{
    Fixture *f = *state;

    assert_true(let_foreign_in(f));
    assert_true(was_refused(try_map(f, f->file, piece(20, 20, 1, R)), DAXWIN_ERROR_FOREIGN,
                            ENOTRECOVERABLE));
    assert_true(unmap_pages(f, 20, 1));
}

static void
unmap_around_foreign_memory_leaves_it_alone(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->other, 4, 16, R));
    assert_true(let_foreign_in(f));
    assert_true(unmap_pages(f, 0, WINDOW_PAGES));
    assert_true(is_foreign_there(f));
    assert_true(shows(f, 0, 0, 8) && shows(f, 0, 9, WINDOW_PAGES - 9));
    assert_true(lists(f, NULL, 0));
}

static void
clear_around_foreign_memory_leaves_it_alone(void **state)
{
    Fixture *f = *state;

    assert_true(map_pages(f, f->other, 4, 16, R));
    assert_true(let_foreign_in(f));
    assert_true(daxwin_window_clear(f->window, NULL));
    assert_true(is_foreign_there(f));
    assert_true(lists(f, NULL, 0));
}

static void
mapping_beneath_foreign_memory_cannot_be_unmapped(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;

    assert_true(map_pages(f, f->other, 4, 2, R) && map_pages(f, f->other, 10, 2, R));
    damage_foreign(address_of(f, 4), pages(1));
    assert_false(agrees(f));
    assert_false(daxwin_window_clear(f->window, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_int_equal(mark_at(address_of(f, 4)), mark_of(99, 0));
    assert_true(shows(f, 0, 10, 2));
}

static void
foreign_memory_outlives_the_window(void **state)
{
    Fixture *f = *state;
    DaxwinWindow *window = daxwin_window_ref(f->window);
    char *place = address_of(f, 8);

    assert_true(map_pages(f, f->other, 4, 16, R));
    assert_true(let_foreign_in(f));
    daxwin_window_unref(f->window);
    f->window = daxwin_window_new(pages(4), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    daxwin_window_unref(window);
    assert_int_equal(mark_at(place), mark_of(99, 0));
    assert_int_equal(mark_at(place - pages(1)), 0);
    assert_int_equal(mark_at(place + pages(6)), 0);
}

/* Mistakes of the program */

static void
call_with_null(Fixture *f)
{
    DaxwinMapping mapping = piece(0, 0, 1, R);

    (void)daxwin_window_new(pages(4), DAXWIN_ARCH_X86_64, (DaxwinWindowFlags)64, NULL);
    (void)daxwin_window_ref(NULL);
    daxwin_window_unref(NULL);
    (void)daxwin_window_get_base(NULL);
    (void)daxwin_window_get_size(NULL);
    (void)daxwin_window_get_protection(NULL);
    (void)daxwin_window_map(NULL, f->file, &mapping, NULL);
    (void)daxwin_window_map(f->window, f->file, NULL, NULL);
    (void)daxwin_window_map_batch(NULL, f->file, &mapping, 1, NULL);
    (void)daxwin_window_map_batch(f->window, f->file, NULL, 1, NULL);
    (void)daxwin_window_unmap(NULL, 0, pages(1), NULL);
    (void)daxwin_window_unmap_batch(f->window, NULL, 1, NULL);
    (void)daxwin_window_clear(NULL, NULL);
    daxwin_window_set_limit(NULL, 1);
}

static void
null_is_a_critical_and_no_crash(void **state)
{
    enum {
        CALLS = 14
    };

    Fixture *f = *state;

    watch_criticals();
    call_with_null(f);
    assert_int_equal(count_criticals(), CALLS);
    assert_true(is_all_idle(f));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_default, finish)
#define STRICT_TEST(name) cmocka_unit_test_setup_teardown(name, start_strict, finish)
#define ANY_FILE_TEST(name) cmocka_unit_test_setup_teardown(name, start_any_file, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_window_is_idle),
        TEST(new_window_for_ppc64_is_readable),
        TEST(new_window_of_a_bad_size_is_refused),
        TEST(new_window_for_an_unknown_guest_is_refused),
        TEST(new_window_without_address_space_reports_the_errno),
        TEST(base_is_a_multiple_of_the_size),
        TEST(references_of_several_threads_are_counted),
        TEST(last_reference_takes_the_address_space_away),
        TEST(map_that_wraps_around_is_refused),
        TEST(map_whose_end_wraps_to_zero_is_refused),
        TEST(map_past_the_end_is_refused),
        TEST(map_beyond_the_longest_file_is_refused),
        TEST(map_at_an_unaligned_window_offset_is_refused),
        TEST(map_from_an_unaligned_file_offset_is_refused),
        TEST(map_of_an_unaligned_length_is_refused),
        TEST(map_of_no_length_is_refused),
        TEST(map_without_access_is_refused),
        TEST(map_with_unknown_access_is_refused),
        TEST(map_of_a_file_open_for_writing_only_is_refused),
        TEST(writable_map_of_a_file_open_for_reading_only_is_refused),
        TEST(map_of_a_mere_path_is_refused),
        TEST(map_of_a_directory_is_refused),
        TEST(map_of_a_pipe_is_refused),
        TEST(map_of_a_socket_is_refused),
        TEST(map_of_a_device_is_refused),
        ANY_FILE_TEST(map_of_a_device_is_done_if_any_file_may_be),
        ANY_FILE_TEST(map_of_a_pipe_is_refused_even_if_any_file_may_be),
        TEST(map_of_a_closed_file_is_refused),
        TEST(writable_map_of_a_file_sealed_against_it_is_refused),
        TEST(small_map_of_a_file_with_huge_pages_is_refused),
        TEST(map_of_huge_pages_that_are_not_to_be_had_leaves_no_hole),
        TEST(unknown_filesystem_of_a_file_is_reported),
        TEST(refusal_that_leaves_a_hole_is_mended),
        TEST(refused_requests_are_counted),
        TEST(map_shows_the_file),
        TEST(map_for_writing_alone_can_be_written),
        TEST(map_of_the_whole_window_is_done),
        TEST(mapping_stays_when_the_file_is_closed),
        TEST(mapping_may_be_longer_than_the_file),
        TEST(map_replaces_an_equal_range),
        TEST(map_shortens_a_head),
        TEST(map_shortens_a_tail),
        TEST(map_splits_a_mapping),
        TEST(map_spans_several_mappings),
        TEST(unmap_of_a_middle_splits_the_mapping),
        TEST(unmap_spans_several_mappings),
        TEST(unmap_of_a_free_range_does_nothing),
        TEST(unmap_of_all_leaves_one_area),
        TEST(unmap_of_a_bad_range_is_refused),
        TEST(unmap_that_the_kernel_refuses_changes_nothing),
        TEST(unmap_batch_joins_neighbours),
        TEST(unmap_batch_goes_on_after_a_bad_range),
        TEST(unmap_batch_goes_on_after_a_refusal_of_the_kernel),
        TEST(unmap_batch_that_cannot_be_joined_goes_one_by_one),
        TEST(unmap_batch_of_nothing_does_nothing),
        TEST(clear_takes_one_call),
        TEST(clear_that_the_kernel_refuses_changes_nothing),
        TEST(unmap_without_areas_opens_the_parachute),
        TEST(unmap_that_is_not_to_be_had_makes_memory_unreachable),
        TEST(next_map_or_unmap_catches_up),
        TEST(next_unmap_arms_the_parachute),
        TEST(neighbours_that_go_with_an_unmapped_range_are_counted),
        TEST(map_that_the_kernel_refuses_for_want_of_areas_says_so),
        TEST(batch_of_nothing_does_nothing),
        TEST(batch_joins_entries_that_continue_each_other),
        TEST(batch_of_which_one_joined_run_fits_takes_one_call),
        TEST(batch_with_a_bad_entry_changes_nothing),
        TEST(batch_with_a_late_refusal_restores_older_mappings),
        TEST(batch_over_idle_memory_with_a_late_refusal_leaves_it_idle),
        TEST(writes_to_a_restored_mapping_reach_its_file),
        STRICT_TEST(strict_map_over_a_mapping_is_refused),
        STRICT_TEST(strict_map_beside_a_mapping_is_done),
        STRICT_TEST(strict_batch_that_meets_itself_is_refused),
        STRICT_TEST(strict_batch_of_neighbours_is_done),
        STRICT_TEST(strict_unmap_of_a_whole_mapping_is_done),
        STRICT_TEST(strict_unmap_of_anything_else_is_refused),
        STRICT_TEST(strict_unmap_batch_joins_whole_mappings),
        STRICT_TEST(strict_unmap_batch_takes_no_mapping_twice),
        TEST(limit_is_reached_exactly),
        TEST(limit_lets_a_mapping_be_upgraded),
        TEST(limit_refuses_a_split),
        TEST(limit_lets_a_batch_in_that_just_fits),
        TEST(lowered_limit_leaves_what_is_there),
        TEST(window_with_foreign_memory_takes_no_more_maps),
        TEST(unmap_around_foreign_memory_leaves_it_alone),
        TEST(clear_around_foreign_memory_leaves_it_alone),
        TEST(mapping_beneath_foreign_memory_cannot_be_unmapped),
        TEST(foreign_memory_outlives_the_window),
        TEST(null_is_a_critical_and_no_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
