/* SPDX-License-Identifier: BSD-3-Clause */
/* test-serve.c: what each request does to real windows, and which word goes into the reply. */
#include "support/host-stand-ins.h"
#include "support/requests.h"
#include "support/stage.h"
#include "support/testing.h"

#include "host.h"

#include <daxwin/error.h>
#include <daxwin/serve.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const DaxwinFsDialect ENTRIES = DAXWIN_FS_DIALECT_ENTRIES;
static const DaxwinFsDialect FIXED8 = DAXWIN_FS_DIALECT_FIXED8;

enum {
    R = DAXWIN_FS_ENTRY_READ,
    W = DAXWIN_FS_ENTRY_WRITE,
    RW = R | W,
    REGION = 1, /* one that the stage has */
    NO_REGION = 2
};

static int transfer_calls; /* reads and writes since the stage was opened */

int __real_daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                            size_t *moved);
int __wrap_daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                            size_t *moved);
int __real_daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                             size_t *moved);
int __wrap_daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                             size_t *moved);

int
__wrap_daxwin_host_read(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                        size_t *moved)
{
    transfer_calls++;
    return __real_daxwin_host_read(fd, pieces, n, file_offset, moved);
}

int
__wrap_daxwin_host_write(int fd, const struct iovec *pieces, int n, uint64_t file_offset,
                         size_t *moved)
{
    transfer_calls++;
    return __real_daxwin_host_write(fd, pieces, n, file_offset, moved);
}

static int
open_stage(void **state)
{
    Stage *stage = g_new0(Stage, 1);
    bool is_open = stage_open(stage);

    *state = stage;
    host_faults_reset();
    transfer_calls = 0;
    return is_open ? 0 : -1;
}

/* After each test the windows are as listed, and no file was closed on the way. */
static int
close_stage(void **state)
{
    Stage *stage = *state;
    bool is_sound = stage_agrees_with_kernel(stage, NULL);

    for (int i = 0; i < STAGE_NONE; i++) {
        is_sound = is_sound && fcntl(stage->files[i], F_GETFD) >= 0;
    }
    stage_close(stage);
    g_free(stage);
    return is_sound ? 0 : -1;
}

static uint64_t
minus(int positive_errno)
{
    return (uint64_t)-positive_errno;
}

static uint64_t
shown_in_region(const Stage *stage, uint64_t page)
{
    return mark_at((char *)daxwin_window_get_base(stage->regions[REGION]) + pages(page));
}

static size_t
count_mappings(DaxwinWindow *window)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    return usage.mappings;
}

static uint64_t
map_entries(Stage *stage, DaxwinFsDialect dialect, const DaxwinFsEntry *entries, size_t n,
            GError **error)
{
    Payload payload = fs_payload(dialect, 0, entries, n);

    return daxwin_serve_fs_map(stage->cache, dialect, payload.bytes, payload.length,
                               stage->files[STAGE_MEMORY], error);
}

static uint64_t
unmap_entries(Stage *stage, DaxwinFsDialect dialect, const DaxwinFsEntry *entries, size_t n,
              GError **error)
{
    Payload payload = fs_payload(dialect, 0, entries, n);

    return daxwin_serve_fs_unmap(stage->cache, dialect, payload.bytes, payload.length, error);
}

static uint64_t
sync_entries(Stage *stage, DaxwinFsDialect dialect, const DaxwinFsEntry *entries, size_t n,
             GError **error)
{
    Payload payload = fs_payload(dialect, 0, entries, n);

    return daxwin_serve_fs_sync(stage->cache, dialect, payload.bytes, payload.length, error);
}

static uint64_t
move_entries(Stage *stage, DaxwinFsDialect dialect, const DaxwinFsEntry *entries, size_t n,
             GError **error)
{
    Payload payload = fs_payload(dialect, 0, entries, n);

    return daxwin_serve_fs_io(dialect, payload.bytes, payload.length, stage->files[STAGE_MEMORY],
                              stage_resolve, stage, error);
}

static uint64_t
map_region(Stage *stage, Payload payload, StageFile file, GError **error)
{
    return daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, payload.bytes, payload.length,
                                  stage->files[file], error);
}

static uint64_t
unmap_region(Stage *stage, Payload payload, GError **error)
{
    return daxwin_serve_shmem_unmap(stage->regions, STAGE_REGIONS, payload.bytes, payload.length,
                                    error);
}

/* Pages 0 to 7 of the file at pages 0 to 7 of the cache, in two mappings. */
static void
map_something(Stage *stage)
{
    const DaxwinFsEntry entries[] = { entry_of_pages(0, 0, 4, RW), entry_of_pages(4, 4, 4, R) };

    assert_int_equal(map_entries(stage, ENTRIES, entries, 2, NULL), 0);
}

static void
map_in_both_layouts_is_answered_with_0(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry first = entry_of_pages(1, 3, 2, R);
    const DaxwinFsEntry second = entry_of_pages(7, 5, 1, RW);
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_entries(stage, ENTRIES, &first, 1, &error), 0);
    assert_int_equal(map_entries(stage, FIXED8, &second, 1, &error), 0);
    assert_null(error);
    assert_int_equal(stage_shown_at(stage, 1), mark_of(1, 3));
    assert_int_equal(stage_shown_at(stage, 2), mark_of(1, 4));
    assert_int_equal(stage_shown_at(stage, 7), mark_of(1, 5));
    assert_int_equal(count_mappings(stage->cache), 2);
}

static void
map_gives_the_access_that_was_asked_for(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(0, 0, 1, R),
        entry_of_pages(1, 1, 1, W),
        entry_of_pages(2, 2, 1, RW),
    };
    DaxwinMapping mapping;

    assert_int_equal(map_entries(stage, ENTRIES, entries, 3, NULL), 0);
    assert_true(daxwin_window_lookup(stage->cache, 0, &mapping));
    assert_int_equal(mapping.access, DAXWIN_ACCESS_READ);
    assert_true(daxwin_window_lookup(stage->cache, pages(1), &mapping));
    assert_int_equal(mapping.access, DAXWIN_ACCESS_WRITE);
    assert_true(daxwin_window_lookup(stage->cache, pages(2), &mapping));
    assert_int_equal(mapping.access, DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE);
}

static void
map_of_most_entries_is_done(void **state)
{
    Stage *stage = *state;
    DaxwinFsEntry entries[DAXWIN_FS_MESSAGE_MAX_ENTRIES];

    for (uint64_t i = 0; i < DAXWIN_FS_MESSAGE_MAX_ENTRIES; i++) {
        entries[i] = entry_of_pages(i % STAGE_WINDOW_PAGES, (i * 3) % STAGE_FILE_PAGES, 1, R);
    }
    assert_int_equal(map_entries(stage, ENTRIES, entries, DAXWIN_FS_MESSAGE_MAX_ENTRIES, NULL), 0);
    for (uint64_t page = 0; page < STAGE_WINDOW_PAGES; page++) {
        uint64_t last = page + STAGE_WINDOW_PAGES;

        assert_int_equal(stage_shown_at(stage, page), mark_of(1, last * 3 % STAGE_FILE_PAGES));
    }
}

static void
map_passes_over_entries_of_no_length(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        { 77, 99, 0, UINT64_MAX },
        entry_of_pages(2, 1, 1, R),
        { UINT64_MAX, UINT64_MAX, 0, 0 },
    };

    assert_int_equal(map_entries(stage, ENTRIES, entries, 3, NULL), 0);
    assert_int_equal(map_entries(stage, FIXED8, entries, 3, NULL), 0);
    assert_int_equal(count_mappings(stage->cache), 1);
}

static void
map_of_nothing_is_refused(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry empty = { 0, 0, 0, R };
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_entries(stage, ENTRIES, NULL, 0, NULL), minus(EBADMSG));
    assert_int_equal(map_entries(stage, ENTRIES, &empty, 1, NULL), minus(EBADMSG));
    assert_int_equal(map_entries(stage, FIXED8, NULL, 0, &error), minus(EBADMSG));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
}

static void
map_of_all_ones_is_refused(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry everything = { 0, 0, DAXWIN_FS_LENGTH_ALL, R };

    map_something(stage);
    assert_int_equal(map_entries(stage, ENTRIES, &everything, 1, NULL), minus(EINVAL));
    assert_int_equal(map_entries(stage, FIXED8, &everything, 1, NULL), minus(EINVAL));
    assert_int_equal(count_mappings(stage->cache), 2);
}

static void
map_without_access_is_refused(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entry = entry_of_pages(0, 0, 1, 0);
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_entries(stage, ENTRIES, &entry, 1, &error), minus(EINVAL));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS));
}

static void
map_checks_all_entries_before_the_first_call(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(0, 0, 1, R),
        entry_of_pages(2, 1, 1, R),
        entry_of_pages(STAGE_WINDOW_PAGES, 1, 1, R),
    };
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_entries(stage, ENTRIES, entries, 3, &error), minus(EINVAL));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_int_equal(host_faults_count(HOST_MAP_OVER), 0);
    assert_int_equal(host_faults_count(HOST_DUPLICATE), 0);
    assert_int_equal(count_mappings(stage->cache), 0);
}

static void
map_without_a_file_is_refused(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(0, 0, 1, R));
    g_autoptr(GError) error = NULL;

    assert_int_equal(
        daxwin_serve_fs_map(stage->cache, ENTRIES, payload.bytes, payload.length, -1, &error),
        minus(EBADF));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
}

static void
map_of_an_unfit_file_is_refused(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(0, 0, 1, RW));
    const StageFile unfit[] = { STAGE_PIPE, STAGE_FOLDER, STAGE_READ_ONLY, STAGE_WRITE_ONLY };

    for (size_t i = 0; i < G_N_ELEMENTS(unfit); i++) {
        assert_int_equal(daxwin_serve_fs_map(stage->cache, ENTRIES, payload.bytes, payload.length,
                                             stage->files[unfit[i]], NULL),
                         minus(EACCES));
    }
    assert_int_equal(count_mappings(stage->cache), 0);
}

static void
map_that_the_kernel_refuses_is_answered_with_its_errno(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = { entry_of_pages(0, 4, 1, R), entry_of_pages(4, 1, 1, R) };

    map_something(stage);
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses to duplicate mappings");
    }
    host_faults_refuse(HOST_MAP, ENOMEM, 2, 1);
    assert_int_equal(map_entries(stage, ENTRIES, entries, 2, NULL), minus(ENOMEM));
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 4), mark_of(1, 4));
    assert_int_equal(count_mappings(stage->cache), 2);
}

static void
malformed_payloads_are_answered_with_an_errno(void **state)
{
    Stage *stage = *state;
    const uint8_t bytes[7] = { 0 };
    const int fd = stage->files[STAGE_MEMORY];
    const uint64_t refused = minus(EBADMSG);
    DaxwinWindow *cache = stage->cache;

    assert_int_equal(daxwin_serve_fs_map(cache, ENTRIES, bytes, 7, fd, NULL), refused);
    assert_int_equal(daxwin_serve_fs_map(cache, FIXED8, bytes, 7, fd, NULL), refused);
    assert_int_equal(daxwin_serve_fs_unmap(cache, ENTRIES, bytes, 7, NULL), refused);
    assert_int_equal(daxwin_serve_fs_unmap(cache, FIXED8, bytes, 7, NULL), refused);
    assert_int_equal(daxwin_serve_fs_sync(cache, ENTRIES, bytes, 7, NULL), refused);
    assert_int_equal(daxwin_serve_fs_sync(cache, FIXED8, bytes, 7, NULL), refused);
    assert_int_equal(daxwin_serve_fs_io(ENTRIES, bytes, 7, fd, stage_resolve, stage, NULL),
                     refused);
    assert_int_equal(daxwin_serve_fs_io(FIXED8, bytes, 7, fd, stage_resolve, stage, NULL), refused);
    assert_int_equal(daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, bytes, 7, fd, NULL),
                     refused);
    assert_int_equal(daxwin_serve_shmem_unmap(stage->regions, STAGE_REGIONS, bytes, 7, NULL),
                     refused);
}

static void
layout_that_does_not_exist_is_never_answered_with_0(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(0, 0, 1, R));
    const DaxwinFsDialect none = (DaxwinFsDialect)0;
    const int fd = stage->files[STAGE_MEMORY];
    DaxwinWindow *cache = stage->cache;

    assert_int_equal(daxwin_serve_fs_map(cache, none, payload.bytes, payload.length, fd, NULL),
                     minus(EBADMSG));
    assert_int_equal(daxwin_serve_fs_unmap(cache, none, payload.bytes, payload.length, NULL),
                     minus(EBADMSG));
    assert_int_equal(daxwin_serve_fs_sync(cache, none, payload.bytes, payload.length, NULL),
                     minus(EBADMSG));
    assert_int_equal(
        daxwin_serve_fs_io(none, payload.bytes, payload.length, fd, stage_resolve, stage, NULL),
        minus(EBADMSG));
}

static void
device_without_a_window_has_unmapped_everything_already(void **state)
{
    const DaxwinFsEntry everything = { 0, 0, DAXWIN_FS_LENGTH_ALL, 0 };
    Payload alone = fs_payload(ENTRIES, 0, NULL, 0);
    Payload all_ones = fs_payload(ENTRIES, 0, &everything, 1);
    Payload slots = fs_payload(FIXED8, 0, &everything, 1);

    (void)state;
    assert_int_equal(daxwin_serve_fs_unmap(NULL, ENTRIES, alone.bytes, alone.length, NULL), 0);
    assert_int_equal(daxwin_serve_fs_unmap(NULL, ENTRIES, all_ones.bytes, all_ones.length, NULL),
                     0);
    assert_int_equal(daxwin_serve_fs_unmap(NULL, FIXED8, slots.bytes, slots.length, NULL), 0);
}

static void
device_without_a_window_refuses_the_rest(void **state)
{
    Stage *stage = *state;
    Payload one = fs_payload_of(entry_of_pages(0, 0, 1, R));
    g_autoptr(GError) error = NULL;

    assert_int_equal(daxwin_serve_fs_map(NULL, ENTRIES, one.bytes, one.length,
                                         stage->files[STAGE_MEMORY], &error),
                     minus(ENODEV));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_NO_WINDOW));
    assert_int_equal(daxwin_serve_fs_unmap(NULL, ENTRIES, one.bytes, one.length, NULL),
                     minus(ENODEV));
    assert_int_equal(daxwin_serve_fs_sync(NULL, ENTRIES, one.bytes, one.length, NULL),
                     minus(ENODEV));
}

static void
device_without_a_window_moves_bytes(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entry = entry_of_pages(STAGE_RAM_AT, 3, 1, R);

    assert_int_equal(move_entries(stage, ENTRIES, &entry, 1, NULL), pages(1));
    assert_int_equal(mark_at(stage->ram), mark_of(1, 3));
}

static void
payload_is_judged_before_the_window_and_entries_after_it(void **state)
{
    Payload bad_entry = fs_payload_of((DaxwinFsEntry){ 1, 1, 1, R });
    Payload no_length = fs_payload_of((DaxwinFsEntry){ 0, 0, 0, 0 });

    (void)state;
    assert_int_equal(daxwin_serve_fs_map(NULL, ENTRIES, bad_entry.bytes, 7, -1, NULL),
                     minus(EBADMSG));
    assert_int_equal(
        daxwin_serve_fs_map(NULL, ENTRIES, bad_entry.bytes, bad_entry.length, -1, NULL),
        minus(ENODEV));
    assert_int_equal(daxwin_serve_fs_unmap(NULL, FIXED8, bad_entry.bytes, 8, NULL), minus(EBADMSG));
    assert_int_equal(daxwin_serve_fs_unmap(NULL, ENTRIES, no_length.bytes, no_length.length, NULL),
                     minus(ENODEV));
}

static void
unmap_splits_shortens_and_spans(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry middle = entry_of_pages(1, 0, 1, 0);
    const DaxwinFsEntry across = entry_of_pages(3, 0, 2, 0);

    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, &middle, 1, NULL), 0);
    assert_int_equal(unmap_entries(stage, FIXED8, &across, 1, NULL), 0);
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 1), 0);
    assert_int_equal(stage_shown_at(stage, 2), mark_of(1, 2));
    assert_int_equal(stage_shown_at(stage, 3), 0);
    assert_int_equal(stage_shown_at(stage, 4), 0);
    assert_int_equal(stage_shown_at(stage, 5), mark_of(1, 5));
}

static void
unmap_of_what_is_free_is_answered_with_0(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entry = entry_of_pages(0, 0, 16, 0);

    assert_int_equal(unmap_entries(stage, ENTRIES, &entry, 1, NULL), 0);
}

static void
unmap_goes_on_after_an_error_and_reports_the_first(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(0, 0, 1, 0), { 0, 1, pages(1), 0 }, /* not aligned */
        entry_of_pages(4, 0, 1, 0), entry_of_pages(STAGE_WINDOW_PAGES, 0, 1, 0),
        entry_of_pages(7, 0, 1, 0),
    };
    g_autoptr(GError) error = NULL;

    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, entries, 5, &error), minus(EINVAL));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_int_equal(stage_shown_at(stage, 0), 0);
    assert_int_equal(stage_shown_at(stage, 4), 0);
    assert_int_equal(stage_shown_at(stage, 7), 0);
    assert_int_equal(stage_shown_at(stage, 1), mark_of(1, 1));
}

static void
unmap_that_the_kernel_refuses_is_answered_with_its_errno(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = { entry_of_pages(0, 0, 1, 0), entry_of_pages(5, 0, 1, 0) };

    map_something(stage);
    host_faults_refuse(HOST_RESERVE_OVER, EPERM, 1, 1);
    assert_int_equal(unmap_entries(stage, ENTRIES, entries, 2, NULL), minus(EPERM));
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 5), 0);
}

static void
header_alone_unmaps_everything(void **state)
{
    Stage *stage = *state;
    g_autoptr(GError) error = NULL;

    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, NULL, 0, &error), 0);
    assert_null(error);
    assert_true(stage_is_empty(stage->cache));
}

static void
empty_slots_unmap_nothing(void **state)
{
    Stage *stage = *state;

    map_something(stage);
    assert_int_equal(unmap_entries(stage, FIXED8, NULL, 0, NULL), 0);
    assert_int_equal(count_mappings(stage->cache), 2);
}

static void
entries_of_no_length_unmap_nothing(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry empty = { 0, 77, 0, UINT64_MAX };

    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, &empty, 1, NULL), 0);
    assert_int_equal(count_mappings(stage->cache), 2);
}

static void
all_ones_unmaps_everything_at_any_offset(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry at_0 = { 0, 0, DAXWIN_FS_LENGTH_ALL, 0 };
    const DaxwinFsEntry elsewhere = { 0, pages(3) + 5, DAXWIN_FS_LENGTH_ALL, 0 };

    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, &at_0, 1, NULL), 0);
    assert_true(stage_is_empty(stage->cache));
    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, &elsewhere, 1, NULL), 0);
    assert_true(stage_is_empty(stage->cache));
    map_something(stage);
    assert_int_equal(unmap_entries(stage, FIXED8, &elsewhere, 1, NULL), 0);
    assert_true(stage_is_empty(stage->cache));
}

static void
all_ones_beside_a_bad_entry_unmaps_everything_and_reports_it(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(STAGE_WINDOW_PAGES, 0, 1, 0),
        { 0, 0, DAXWIN_FS_LENGTH_ALL, 0 },
    };
    g_autoptr(GError) error = NULL;

    map_something(stage);
    assert_int_equal(unmap_entries(stage, ENTRIES, entries, 2, &error), minus(EINVAL));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_RANGE));
    assert_true(stage_is_empty(stage->cache));
}

static void
everything_that_cannot_be_unmapped_is_reported(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(STAGE_WINDOW_PAGES, 0, 1, 0),
        { 0, 0, DAXWIN_FS_LENGTH_ALL, 0 },
    };

    map_something(stage);
    host_faults_refuse(HOST_RESERVE_OVER, EPERM, 1, 2);
    assert_int_equal(unmap_entries(stage, ENTRIES, NULL, 0, NULL), minus(EPERM));
    assert_int_equal(unmap_entries(stage, ENTRIES, entries, 2, NULL), minus(EINVAL));
    assert_int_equal(count_mappings(stage->cache), 2);
}

static void
sync_in_both_layouts_is_answered_with_0(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = { entry_of_pages(0, 0, 2, 0), { 0, 99, 0, 0 } };

    map_something(stage);
    assert_int_equal(sync_entries(stage, FIXED8, entries, 2, NULL), 0);
    assert_int_equal(sync_entries(stage, ENTRIES, entries, 2, NULL), 0);
    assert_int_equal(host_faults_count(HOST_SYNC), 2);
}

static void
sync_goes_on_after_an_error_and_reports_the_first(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(0, 0, 1, 0),
        entry_of_pages(1, 0, 1, 0),
        { 0, 1, 1, 0 },
        entry_of_pages(2, 0, 1, 0),
    };

    map_something(stage);
    host_faults_refuse(HOST_SYNC, EIO, 2, 1);
    assert_int_equal(sync_entries(stage, FIXED8, entries, 4, NULL), minus(EIO));
    assert_int_equal(host_faults_count(HOST_SYNC), 3);
}

static void
sync_of_nothing_is_refused(void **state)
{
    Stage *stage = *state;

    assert_int_equal(sync_entries(stage, FIXED8, NULL, 0, NULL), minus(EBADMSG));
    assert_int_equal(sync_entries(stage, ENTRIES, NULL, 0, NULL), minus(EBADMSG));
}

static void
sync_of_all_ones_is_refused(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry everything = { 0, 0, DAXWIN_FS_LENGTH_ALL, 0 };

    assert_int_equal(sync_entries(stage, FIXED8, &everything, 1, NULL), minus(EINVAL));
    assert_int_equal(host_faults_count(HOST_SYNC), 0);
}

static void
io_is_answered_with_the_bytes_moved(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(STAGE_RAM_AT, 2, 3, R),
        { 0, 0, 0, 0 },
        { pages(STAGE_FILE_PAGES) - 10, pages(STAGE_RAM_AT + 4), 100, R },
        { 5, pages(STAGE_RAM_AT), 8, W },
    };
    g_autoptr(GError) error = NULL;
    uint64_t mark = 0;

    assert_int_equal(move_entries(stage, ENTRIES, entries, 4, &error), pages(3) + 10 + 8);
    assert_null(error);
    assert_int_equal(mark_at(stage->ram + pages(2)), mark_of(1, 4));
    assert_int_equal(pread(stage->files[STAGE_MEMORY], &mark, sizeof mark, 5), sizeof mark);
    assert_int_equal(mark, mark_of(1, 2));
}

static void
io_works_in_slots_too(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        { 0, 0, 0, 0 },
        entry_of_pages(STAGE_RAM_AT, 6, 1, R),
    };

    assert_int_equal(move_entries(stage, FIXED8, entries, 2, NULL), pages(1));
    assert_int_equal(mark_at(stage->ram), mark_of(1, 6));
}

static void
io_at_the_end_of_the_file_is_answered_with_0(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entry = entry_of_pages(STAGE_RAM_AT, STAGE_FILE_PAGES, 1, R);

    assert_int_equal(move_entries(stage, ENTRIES, &entry, 1, NULL), 0);
}

static void
io_without_entries_is_refused(void **state)
{
    Stage *stage = *state;

    assert_int_equal(move_entries(stage, ENTRIES, NULL, 0, NULL), minus(EBADMSG));
    assert_int_equal(move_entries(stage, FIXED8, NULL, 0, NULL), minus(EBADMSG));
}

static void
io_in_neither_or_both_directions_is_refused(void **state)
{
    Stage *stage = *state;
    DaxwinFsEntry entries[] = {
        entry_of_pages(STAGE_RAM_AT, 0, 1, R),
        entry_of_pages(STAGE_RAM_AT, 0, 1, 0),
    };
    g_autoptr(GError) error = NULL;

    assert_int_equal(move_entries(stage, ENTRIES, entries, 2, &error), minus(EINVAL));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ACCESS));
    entries[1].flags = RW;
    assert_int_equal(move_entries(stage, ENTRIES, entries, 2, NULL), minus(EINVAL));
    assert_int_equal(transfer_calls, 0);
}

static void
io_checks_all_entries_before_the_first_call(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        entry_of_pages(STAGE_RAM_AT, 0, 1, R),
        { UINT64_MAX, pages(STAGE_RAM_AT), 2, R },
    };

    assert_int_equal(move_entries(stage, ENTRIES, entries, 2, NULL), minus(EINVAL));
    assert_int_equal(transfer_calls, 0);
}

static void
io_at_unfit_addresses_is_a_fault(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry nowhere = entry_of_pages(0, 0, 1, R);
    const DaxwinFsEntry to_rom = entry_of_pages(STAGE_ROM_AT, 0, 1, R);
    const DaxwinFsEntry from_rom = entry_of_pages(STAGE_ROM_AT, 0, 1, W);

    assert_int_equal(move_entries(stage, ENTRIES, &nowhere, 1, NULL), minus(EFAULT));
    assert_int_equal(move_entries(stage, ENTRIES, &to_rom, 1, NULL), minus(EFAULT));
    assert_int_equal(move_entries(stage, ENTRIES, &from_rom, 1, NULL), pages(1));
}

static void
io_reaches_into_the_window(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry to_window = entry_of_pages(STAGE_WINDOW_AT + 1, 6, 1, R);
    const DaxwinFsEntry to_read_only = entry_of_pages(STAGE_WINDOW_AT + 4, 6, 1, R);

    map_something(stage);
    assert_int_equal(move_entries(stage, ENTRIES, &to_window, 1, NULL), pages(1));
    assert_int_equal(stage_shown_at(stage, 1), mark_of(1, 6));
    assert_int_equal(move_entries(stage, ENTRIES, &to_read_only, 1, NULL), minus(EFAULT));
}

static void
io_at_closed_and_idle_memory_is_a_fault(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry closed = entry_of_pages(STAGE_FAULTY_AT, 6, 1, R);
    const DaxwinFsEntry idle = entry_of_pages(STAGE_WINDOW_AT + 12, 6, 1, R);

    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind takes what the kernel is to refuse for a mistake");
    }
    assert_int_equal(move_entries(stage, ENTRIES, &closed, 1, NULL), minus(EFAULT));
    assert_int_equal(move_entries(stage, ENTRIES, &idle, 1, NULL), minus(EFAULT));
}

static void
io_to_an_appended_file_is_refused(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(STAGE_RAM_AT, 0, 1, W));

    assert_int_equal(daxwin_serve_fs_io(ENTRIES, payload.bytes, payload.length,
                                        stage->files[STAGE_APPENDING], stage_resolve, stage, NULL),
                     minus(EACCES));
}

static void
io_with_the_flag_drops_the_set_id_bits(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entry = entry_of_pages(STAGE_RAM_AT, 0, 1, W);
    Payload payload = fs_payload(ENTRIES, DAXWIN_FS_MESSAGE_DROP_FSETID, &entry, 1);
    const int fd = stage->files[STAGE_MEMORY];
    struct stat status;

    assert_int_equal(fchmod(fd, 04755), 0);
    assert_int_equal(
        daxwin_serve_fs_io(ENTRIES, payload.bytes, payload.length, fd, stage_resolve, stage, NULL),
        pages(1));
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0755);
}

/* The bytes of @payload where no store is possible, at an address that fits no number. */
static uint8_t *
new_unalterable(const Payload *payload)
{
    uint8_t *memory =
        mmap(NULL, pages(1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(memory, MAP_FAILED);
    memcpy(memory + 1, payload->bytes, payload->length);
    assert_int_equal(mprotect(memory, pages(1), PROT_READ), 0);
    return memory + 1;
}

static void
payload_is_never_written_to(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry everything = { 0, pages(1), DAXWIN_FS_LENGTH_ALL, R };
    const DaxwinFsEntry to_ram = entry_of_pages(STAGE_RAM_AT, 0, 1, R);
    Payload one = fs_payload_of(entry_of_pages(0, 0, 1, R));
    Payload all = fs_payload(FIXED8, 0, &everything, 1);
    Payload io = fs_payload_of(to_ram);
    uint8_t *one_bytes = new_unalterable(&one);
    uint8_t *all_bytes = new_unalterable(&all);
    uint8_t *io_bytes = new_unalterable(&io);
    const int fd = stage->files[STAGE_MEMORY];
    DaxwinWindow *cache = stage->cache;

    assert_int_equal(daxwin_serve_fs_map(cache, ENTRIES, one_bytes, one.length, fd, NULL), 0);
    assert_int_equal(daxwin_serve_fs_sync(cache, ENTRIES, one_bytes, one.length, NULL), 0);
    assert_int_equal(daxwin_serve_fs_unmap(cache, ENTRIES, one_bytes, one.length, NULL), 0);
    assert_int_equal(daxwin_serve_fs_unmap(cache, FIXED8, all_bytes, all.length, NULL), 0);
    assert_int_equal(
        daxwin_serve_fs_io(ENTRIES, io_bytes, io.length, fd, stage_resolve, stage, NULL), pages(1));
    (void)munmap(one_bytes - 1, pages(1));
    (void)munmap(all_bytes - 1, pages(1));
    (void)munmap(io_bytes - 1, pages(1));
}

static void
payload_of_a_region_is_never_written_to(void **state)
{
    Stage *stage = *state;
    Payload payload = shmem_payload(REGION, 0, 0, 1, DAXWIN_SHMEM_READ_WRITE);
    uint8_t *bytes = new_unalterable(&payload);

    assert_int_equal(daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, bytes, payload.length,
                                            stage->files[STAGE_MEMORY], NULL),
                     0);
    assert_int_equal(
        daxwin_serve_shmem_unmap(stage->regions, STAGE_REGIONS, bytes, payload.length, NULL), 0);
    (void)munmap(bytes - 1, pages(1));
}

static void
mapping_outlives_the_descriptor_that_the_caller_closes(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(0, 2, 1, R));
    int fd = dup(stage->files[STAGE_MEMORY]);

    assert_int_equal(
        daxwin_serve_fs_map(stage->cache, ENTRIES, payload.bytes, payload.length, fd, NULL), 0);
    assert_int_equal(close(fd), 0); /* would fail if it had been closed already */
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 2));
}

static void
region_is_mapped_and_unmapped(void **state)
{
    Stage *stage = *state;
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_region(stage, shmem_payload(REGION, 2, 1, 2, 0), STAGE_MEMORY, &error), 0);
    assert_int_equal(shown_in_region(stage, 2), mark_of(1, 1));
    assert_int_equal(shown_in_region(stage, 3), mark_of(1, 2));
    assert_int_equal(count_mappings(stage->regions[3]), 0);
    assert_int_equal(unmap_region(stage, shmem_payload(REGION, 2, 0, 2, 0), &error), 0);
    assert_int_equal(shown_in_region(stage, 2), 0);
    assert_null(error);
}

static void
region_is_read_only_unless_the_flag_says_otherwise(void **state)
{
    Stage *stage = *state;
    const uint64_t read_write = DAXWIN_SHMEM_READ_WRITE;
    DaxwinMapping mapping;

    assert_int_equal(map_region(stage, shmem_payload(REGION, 0, 0, 1, 0), STAGE_READ_ONLY, NULL),
                     0);
    assert_int_equal(
        map_region(stage, shmem_payload(REGION, 1, 1, 1, read_write), STAGE_MEMORY, NULL), 0);
    assert_int_equal(
        map_region(stage, shmem_payload(REGION, 2, 2, 1, read_write), STAGE_READ_ONLY, NULL),
        minus(EACCES));
    assert_true(daxwin_window_lookup(stage->regions[REGION], 0, &mapping));
    assert_int_equal(mapping.access, DAXWIN_ACCESS_READ);
    assert_true(daxwin_window_lookup(stage->regions[REGION], pages(1), &mapping));
    assert_int_equal(mapping.access, DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE);
}

static void
region_in_use_is_not_mapped_again(void **state)
{
    Stage *stage = *state;
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_region(stage, shmem_payload(REGION, 2, 0, 2, 0), STAGE_MEMORY, NULL), 0);
    assert_int_equal(map_region(stage, shmem_payload(REGION, 3, 5, 2, 0), STAGE_MEMORY, &error),
                     minus(EEXIST));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_OVERLAP));
    assert_int_equal(shown_in_region(stage, 3), mark_of(1, 1));
    assert_int_equal(shown_in_region(stage, 4), 0);
}

static void
region_is_unmapped_as_it_was_mapped_or_not_at_all(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_region(stage, shmem_payload(REGION, 2, 0, 2, 0), STAGE_MEMORY, NULL), 0);
    assert_int_equal(unmap_region(stage, shmem_payload(REGION, 2, 0, 1, 0), NULL), minus(ENOENT));
    assert_int_equal(unmap_region(stage, shmem_payload(REGION, 1, 0, 3, 0), NULL), minus(ENOENT));
    assert_int_equal(unmap_region(stage, shmem_payload(REGION, 8, 0, 1, 0), NULL), minus(ENOENT));
    assert_int_equal(unmap_region(stage, shmem_payload(REGION, 2, 0, 0, 0), NULL), minus(EINVAL));
    assert_int_equal(shown_in_region(stage, 3), mark_of(1, 1));
}

static void
region_that_does_not_exist_is_refused(void **state)
{
    Stage *stage = *state;
    g_autoptr(GError) error = NULL;

    assert_int_equal(map_region(stage, shmem_payload(NO_REGION, 0, 0, 1, 0), STAGE_MEMORY, &error),
                     minus(ENODEV));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_NO_WINDOW));
    assert_int_equal(
        map_region(stage, shmem_payload(STAGE_REGIONS, 0, 0, 1, 0), STAGE_MEMORY, NULL),
        minus(ENODEV));
    assert_int_equal(map_region(stage, shmem_payload(255, 0, 0, 1, 0), STAGE_MEMORY, NULL),
                     minus(ENODEV));
    assert_int_equal(unmap_region(stage, shmem_payload(NO_REGION, 0, 0, 1, 0), NULL),
                     minus(ENODEV));
    assert_int_equal(unmap_region(stage, shmem_payload(STAGE_REGIONS, 0, 0, 1, 0), NULL),
                     minus(ENODEV));
}

static void
device_without_regions_refuses_all(void **state)
{
    Stage *stage = *state;
    Payload payload = shmem_payload(0, 0, 0, 1, 0);

    assert_int_equal(daxwin_serve_shmem_map(NULL, 0, payload.bytes, payload.length,
                                            stage->files[STAGE_MEMORY], NULL),
                     minus(ENODEV));
    assert_int_equal(daxwin_serve_shmem_unmap(NULL, 0, payload.bytes, payload.length, NULL),
                     minus(ENODEV));
}

static void
all_ones_and_no_length_mean_nothing_to_regions(void **state)
{
    Stage *stage = *state;
    DaxwinShmemMessage message = { REGION, 0, 0, UINT64_MAX, 0 };
    uint8_t bytes[DAXWIN_SHMEM_MESSAGE_LENGTH];
    size_t length;

    assert_int_equal(map_region(stage, shmem_payload(REGION, 0, 0, 1, 0), STAGE_MEMORY, NULL), 0);
    assert_true(daxwin_shmem_message_encode(&message, bytes, sizeof bytes, &length, NULL));
    assert_int_equal(daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, bytes, length,
                                            stage->files[STAGE_MEMORY], NULL),
                     minus(EINVAL));
    assert_int_equal(daxwin_serve_shmem_unmap(stage->regions, STAGE_REGIONS, bytes, length, NULL),
                     minus(EINVAL));
    assert_int_equal(map_region(stage, shmem_payload(REGION, 4, 0, 0, 0), STAGE_MEMORY, NULL),
                     minus(EINVAL));
    assert_int_equal(shown_in_region(stage, 0), mark_of(1, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(map_in_both_layouts_is_answered_with_0),
        TEST(map_gives_the_access_that_was_asked_for),
        TEST(map_of_most_entries_is_done),
        TEST(map_passes_over_entries_of_no_length),
        TEST(map_of_nothing_is_refused),
        TEST(map_of_all_ones_is_refused),
        TEST(map_without_access_is_refused),
        TEST(map_checks_all_entries_before_the_first_call),
        TEST(map_without_a_file_is_refused),
        TEST(map_of_an_unfit_file_is_refused),
        TEST(map_that_the_kernel_refuses_is_answered_with_its_errno),
        TEST(malformed_payloads_are_answered_with_an_errno),
        TEST(layout_that_does_not_exist_is_never_answered_with_0),
        TEST(device_without_a_window_has_unmapped_everything_already),
        TEST(device_without_a_window_refuses_the_rest),
        TEST(device_without_a_window_moves_bytes),
        TEST(payload_is_judged_before_the_window_and_entries_after_it),
        TEST(unmap_splits_shortens_and_spans),
        TEST(unmap_of_what_is_free_is_answered_with_0),
        TEST(unmap_goes_on_after_an_error_and_reports_the_first),
        TEST(unmap_that_the_kernel_refuses_is_answered_with_its_errno),
        TEST(header_alone_unmaps_everything),
        TEST(empty_slots_unmap_nothing),
        TEST(entries_of_no_length_unmap_nothing),
        TEST(all_ones_unmaps_everything_at_any_offset),
        TEST(all_ones_beside_a_bad_entry_unmaps_everything_and_reports_it),
        TEST(everything_that_cannot_be_unmapped_is_reported),
        TEST(sync_in_both_layouts_is_answered_with_0),
        TEST(sync_goes_on_after_an_error_and_reports_the_first),
        TEST(sync_of_nothing_is_refused),
        TEST(sync_of_all_ones_is_refused),
        TEST(io_is_answered_with_the_bytes_moved),
        TEST(io_works_in_slots_too),
        TEST(io_at_the_end_of_the_file_is_answered_with_0),
        TEST(io_without_entries_is_refused),
        TEST(io_in_neither_or_both_directions_is_refused),
        TEST(io_checks_all_entries_before_the_first_call),
        TEST(io_at_unfit_addresses_is_a_fault),
        TEST(io_reaches_into_the_window),
        TEST(io_at_closed_and_idle_memory_is_a_fault),
        TEST(io_to_an_appended_file_is_refused),
        TEST(io_with_the_flag_drops_the_set_id_bits),
        TEST(payload_is_never_written_to),
        TEST(payload_of_a_region_is_never_written_to),
        TEST(mapping_outlives_the_descriptor_that_the_caller_closes),
        TEST(region_is_mapped_and_unmapped),
        TEST(region_is_read_only_unless_the_flag_says_otherwise),
        TEST(region_in_use_is_not_mapped_again),
        TEST(region_is_unmapped_as_it_was_mapped_or_not_at_all),
        TEST(region_that_does_not_exist_is_refused),
        TEST(device_without_regions_refuses_all),
        TEST(all_ones_and_no_length_mean_nothing_to_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
