/* SPDX-License-Identifier: BSD-3-Clause */
/* test-shim.c: the C part of examples/crosvm on real files: what it maps, and what it refuses. */
#include "shims.h"
#include "support/areas.h"
#include "support/sigbus.h"
#include "support/snapshot.h"

#include <daxwin/shmem-message.h>
#include <fcntl.h>

enum {
    SHMID = 3,
    UNKNOWN_FLAG = 1 << 2,
    UNKNOWN_ARCH = 99,
    CLOSED_FD = 1000000
};

static int
open_read_only(int fd)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Creating and destroying */

static void
a_window_has_one_slot(void **state)
{
    uint64_t address;
    uint64_t size;
    DaxShim *shim;

    (void)state;
    assert_int_equal(dax_shim_create(pages(4), DAX_SHIM_X86_64, 0, &shim), 0);
    dax_shim_slot(shim, &address, &size);
    assert_int_equal(size, pages(4));
    assert_int_equal(address % size, 0);
    assert_true(is_one_area((void *)(uintptr_t)address, size, "---p"));
    dax_shim_destroy(shim);
    assert_int_equal(report_areas((void *)(uintptr_t)address, size).count, 0);
}

static void
a_ppc64_guest_may_read_idle_memory(void **state)
{
    uint64_t address;
    uint64_t size;
    DaxShim *shim;

    (void)state;
    assert_int_equal(dax_shim_create(pages(4), DAX_SHIM_PPC64, 0, &shim), 0);
    dax_shim_slot(shim, &address, &size);
    assert_true(is_one_area((void *)(uintptr_t)address, size, "r--p"));
    dax_shim_destroy(shim);
}

static void
a_bad_size_is_refused(void **state)
{
    DaxShim *shim;

    (void)state;
    assert_int_equal(dax_shim_create(pages(3), DAX_SHIM_NATIVE, 0, &shim), -EINVAL);
    assert_null(shim);
    assert_true(reason_has("power of two"));
    assert_int_equal(dax_shim_create(0, DAX_SHIM_NATIVE, 0, &shim), -EINVAL);
}

static void
unknown_numbers_are_refused(void **state)
{
    DaxShim *shim;

    (void)state;
    assert_int_equal(dax_shim_create(pages(4), UNKNOWN_ARCH, 0, &shim), -EINVAL);
    assert_true(reason_has("99"));
    assert_null(shim);
    assert_int_equal(dax_shim_create(pages(4), UINT32_MAX, 0, &shim), -EINVAL);
    assert_int_equal(dax_shim_create(pages(4), DAX_SHIM_NATIVE, UNKNOWN_FLAG, &shim), -EINVAL);
    assert_true(reason_has("0x4"));
    assert_null(shim);
}

static void
nothing_is_destroyed_without_a_window(void **state)
{
    (void)state;
    dax_shim_destroy(NULL);
}

/* Adding and removing */

static void
what_is_added_is_seen(void **state)
{
    Fixture *f = *state;
    uint64_t mark = 0;

    assert_int_equal(add(f, 2, 4, f->file, 1), 0);
    assert_true(shows(f, 1, 0));
    assert_true(shows(f, 2, mark_of(1, 1)));
    assert_true(shows(f, 5, mark_of(1, 4)));
    assert_true(shows(f, 6, 0));
    store(at(f, 3), 42);
    assert_int_equal(pread(f->file, &mark, sizeof mark, (off_t)pages(2)), sizeof mark);
    assert_int_equal(mark, 42);
}

static void
a_later_map_replaces_an_older_one(void **state)
{
    Fixture *f = *state;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    assert_int_equal(add(f, 1, 1, f->other, 0), 0);
    assert_true(shows(f, 0, mark_of(1, 0)));
    assert_true(shows(f, 1, mark_of(2, 0)));
    assert_true(shows(f, 2, mark_of(1, 2)));
}

static void
a_part_can_be_removed(void **state)
{
    Fixture *f = *state;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    assert_int_equal(dax_shim_remove(f->shim, pages(1), pages(2)), 0);
    assert_true(shows(f, 0, mark_of(1, 0)));
    assert_true(shows(f, 1, 0));
    assert_true(shows(f, 2, 0));
    assert_true(shows(f, 3, mark_of(1, 3)));
}

static void
a_strict_window_takes_no_overlap(void **state)
{
    Fixture *f = *state;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    assert_int_equal(add(f, 3, 2, f->other, 0), -EEXIST);
    assert_true(shows(f, 3, mark_of(1, 3)));
    assert_true(shows(f, 4, 0));
}

static void
a_strict_window_removes_whole_mappings(void **state)
{
    Fixture *f = *state;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    assert_int_equal(dax_shim_remove(f->shim, 0, pages(2)), -ENOENT);
    assert_true(shows(f, 1, mark_of(1, 1)));
    assert_int_equal(dax_shim_remove(f->shim, 0, pages(4)), 0);
    assert_true(shows(f, 1, 0));
}

static void
bad_numbers_change_nothing(void **state)
{
    const uint64_t page = pages(1);
    const struct {
        uint64_t offset, size, file_offset;
        uint32_t protection;
    } bad[] = {
        { 1, page, 0, PROT_READ },
        { 0, page + 1, 0, PROT_READ },
        { 0, page, 1, PROT_READ },
        { 0, 0, 0, PROT_READ },
        { pages(WINDOW_PAGES), page, 0, PROT_READ },
        { pages(WINDOW_PAGES - 1), pages(2), 0, PROT_READ },
        { UINT64_MAX - page + 1, page, 0, PROT_READ },
        { 0, UINT64_MAX - page + 1, 0, PROT_READ },
        { 0, page, UINT64_MAX - page + 1, PROT_READ },
        { 0, page, 0, PROT_NONE },
        { 0, page, 0, PROT_READ | PROT_EXEC },
        { 0, page, 0, UINT32_MAX },
    };
    Fixture *f = *state;
    g_autoptr(Snapshot) before = NULL;

    assert_int_equal(add(f, 0, 2, f->file, 0), 0);
    before = snapshot_new(f->shim);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_int_equal(dax_shim_add(f->shim, bad[i].offset, bad[i].size, f->other,
                                      bad[i].file_offset, bad[i].protection),
                         -EINVAL);
    }
    assert_int_equal(dax_shim_remove(f->shim, 1, page), -EINVAL);
    assert_int_equal(dax_shim_remove(f->shim, pages(WINDOW_PAGES), page), -EINVAL);
    assert_int_equal(dax_shim_sync(f->shim, 0, page + 1), -EINVAL);
    assert_true(is_as_before(f->shim, before));
}

static void
bad_files_change_nothing(void **state)
{
    Fixture *f = *state;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int read_only = open_read_only(f->file);
    g_autoptr(Snapshot) before = NULL;

    assert_int_equal(add(f, 0, 2, f->file, 0), 0);
    before = snapshot_new(f->shim);
    assert_int_equal(add(f, 1, 1, folder, 0), -EACCES);
    assert_int_equal(add(f, 1, 1, read_only, 0), -EACCES);
    assert_int_equal(add(f, 1, 1, CLOSED_FD, 0), -EBADF);
    assert_int_equal(add(f, 1, 1, -1, 0), -EBADF);
    assert_true(is_as_before(f->shim, before));
    assert_int_equal(dax_shim_add(f->shim, 0, pages(1), read_only, 0, PROT_READ), 0);
    (void)close(folder);
    (void)close(read_only);
}

static void
a_cleared_window_is_empty(void **state)
{
    Fixture *f = *state;
    DaxShimUsage usage;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    assert_int_equal(add(f, 8, 4, f->other, 0), 0);
    assert_int_equal(dax_shim_clear(f->shim), 0);
    dax_shim_usage(f->shim, &usage);
    assert_int_equal(usage.mappings, 0);
    assert_int_equal(usage.bytes_mapped, 0);
    assert_true(is_one_area(at(f, 0), pages(WINDOW_PAGES), "---p"));
}

static void
stores_are_synced(void **state)
{
    Fixture *f = *state;

    assert_int_equal(add(f, 0, 4, f->file, 0), 0);
    store(at(f, 1), 42);
    assert_int_equal(dax_shim_sync(f->shim, 0, pages(WINDOW_PAGES)), 0);
}

/* Requests as they come */

static DaxwinShmemMessage
request(uint64_t page, uint64_t n)
{
    return (DaxwinShmemMessage){ .shmid = SHMID,
                                 .file_offset = pages(1),
                                 .shm_offset = pages(page),
                                 .length = pages(n),
                                 .flags = DAXWIN_SHMEM_READ_WRITE };
}

static int
answer(Fixture *f, bool is_map, DaxwinShmemMessage message)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    size_t length;

    assert_true(daxwin_shmem_message_encode(&message, payload, sizeof payload, &length, NULL));
    return is_map ? dax_shim_answer_map(f->shim, SHMID, payload, length, f->file)
                  : dax_shim_answer_unmap(f->shim, SHMID, payload, length);
}

static void
requests_are_carried_out(void **state)
{
    Fixture *f = *state;

    assert_int_equal(answer(f, true, request(2, 2)), 0);
    assert_true(shows(f, 3, mark_of(1, 2)));
    assert_int_equal(answer(f, true, request(3, 1)), -EEXIST);
    assert_int_equal(answer(f, false, request(2, 1)), -ENOENT);
    assert_int_equal(answer(f, false, request(2, 2)), 0);
    assert_true(shows(f, 3, 0));
}

static void
bad_requests_are_refused(void **state)
{
    const uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH] = { SHMID };
    const size_t too_short = sizeof payload - 1;
    Fixture *f = *state;
    DaxwinShmemMessage elsewhere = request(0, 1);

    elsewhere.shmid = SHMID - 1;
    assert_int_equal(answer(f, true, elsewhere), -ENODEV);
    assert_int_equal(answer(f, false, elsewhere), -ENODEV);
    elsewhere.shmid = UINT8_MAX;
    assert_int_equal(answer(f, true, elsewhere), -ENODEV);
    assert_int_equal(answer(f, false, elsewhere), -ENODEV);
    assert_int_equal(dax_shim_answer_map(f->shim, SHMID, payload, too_short, f->file), -EBADMSG);
    assert_int_equal(dax_shim_answer_unmap(f->shim, SHMID, payload, too_short), -EBADMSG);
    assert_int_equal(dax_shim_answer_map(f->shim, SHMID, payload, sizeof payload, -1), -EINVAL);
}

static void
a_device_without_a_window_says_so(void **state)
{
    Fixture without = { .shim = NULL, .file = -1 };

    (void)state;
    assert_int_equal(answer(&without, true, request(0, 1)), -ENODEV);
    assert_int_equal(answer(&without, false, request(0, 1)), -ENODEV);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_has_one_slot),
        cmocka_unit_test(a_ppc64_guest_may_read_idle_memory),
        cmocka_unit_test(a_bad_size_is_refused),
        cmocka_unit_test(unknown_numbers_are_refused),
        cmocka_unit_test(nothing_is_destroyed_without_a_window),
        IN_DEFAULT(what_is_added_is_seen),
        IN_DEFAULT(a_later_map_replaces_an_older_one),
        IN_DEFAULT(a_part_can_be_removed),
        IN_STRICT(a_strict_window_takes_no_overlap),
        IN_STRICT(a_strict_window_removes_whole_mappings),
        IN_DEFAULT(bad_numbers_change_nothing),
        IN_DEFAULT(bad_files_change_nothing),
        IN_DEFAULT(a_cleared_window_is_empty),
        IN_DEFAULT(stores_are_synced),
        IN_STRICT(requests_are_carried_out),
        IN_STRICT(bad_requests_are_refused),
        cmocka_unit_test(a_device_without_a_window_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
