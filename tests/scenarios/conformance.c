/* SPDX-License-Identifier: BSD-3-Clause */
/* conformance.c: what two specifications demand of a device, each demand named after its section.
 */
#include "support/requests.h"
#include "support/stage.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/serve.h>
#include <daxwin/shm-capability.h>

#include <errno.h>
#include <string.h>

static const DaxwinFsDialect ENTRIES = DAXWIN_FS_DIALECT_ENTRIES;

enum {
    R = DAXWIN_FS_ENTRY_READ,
    W = DAXWIN_FS_ENTRY_WRITE,
    RW = R | W,
    REGION = 1
};

static uint64_t
shown_in_region(const Stage *stage, uint64_t page)
{
    return mark_at((char *)daxwin_window_get_base(stage->regions[REGION]) + pages(page));
}

static uint64_t
setup_mapping(Stage *stage, DaxwinFsEntry entry)
{
    Payload payload = fs_payload_of(entry);

    return daxwin_serve_fs_map(stage->cache, ENTRIES, payload.bytes, payload.length,
                               stage->files[STAGE_MEMORY], NULL);
}

static uint64_t
remove_mapping(Stage *stage, uint64_t page, uint64_t length)
{
    Payload payload = fs_payload_of(entry_of_pages(page, 0, length, 0));

    return daxwin_serve_fs_unmap(stage->cache, ENTRIES, payload.bytes, payload.length, NULL);
}

static uint64_t
map_region(Stage *stage, uint64_t page, uint64_t file_page, uint64_t length)
{
    Payload payload = shmem_payload(REGION, page, file_page, length, 0);

    return daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, payload.bytes, payload.length,
                                  stage->files[STAGE_MEMORY], NULL);
}

static uint64_t
unmap_region(Stage *stage, uint64_t page, uint64_t length)
{
    Payload payload = shmem_payload(REGION, page, 0, length, 0);

    return daxwin_serve_shmem_unmap(stage->regions, STAGE_REGIONS, payload.bytes, payload.length,
                                    NULL);
}

/* Virtio, "File System Device", DAX window */

static void
virtio_fs_dax_window_allows_a_mapping_over_a_whole_other(void **state)
{
    Stage *stage = *state;

    assert_int_equal(setup_mapping(stage, entry_of_pages(2, 0, 3, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(2, 4, 3, R)), 0);
    assert_int_equal(stage_shown_at(stage, 2), mark_of(1, 4));
    assert_int_equal(stage_shown_at(stage, 4), mark_of(1, 6));
}

static void
virtio_fs_dax_window_allows_a_mapping_over_part_of_another(void **state)
{
    Stage *stage = *state;

    assert_int_equal(setup_mapping(stage, entry_of_pages(2, 0, 4, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(3, 6, 1, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(5, 6, 2, R)), 0);
    assert_int_equal(stage_shown_at(stage, 2), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 3), mark_of(1, 6));
    assert_int_equal(stage_shown_at(stage, 4), mark_of(1, 2));
    assert_int_equal(stage_shown_at(stage, 5), mark_of(1, 6));
    assert_int_equal(stage_shown_at(stage, 6), mark_of(1, 7));
}

static void
virtio_fs_dax_window_allows_a_mapping_over_several_others(void **state)
{
    Stage *stage = *state;

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 0, 2, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(2, 5, 2, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(1, 3, 2, R)), 0);
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 1), mark_of(1, 3));
    assert_int_equal(stage_shown_at(stage, 2), mark_of(1, 4));
    assert_int_equal(stage_shown_at(stage, 3), mark_of(1, 6));
}

/* Linux makes a mapping writable by asking for it again. */
static void
virtio_fs_dax_window_allows_the_same_mapping_with_more_access(void **state)
{
    Stage *stage = *state;
    DaxwinMapping mapping;

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 3, 2, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 3, 2, RW)), 0);
    assert_true(daxwin_window_lookup(stage->cache, 0, &mapping));
    assert_int_equal(mapping.access, DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE);
}

static void
virtio_fs_dax_window_rejects_mappings_beyond_its_end(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry wraps = { 0, UINT64_MAX - pages(1) + 1, pages(2), R };
    const uint64_t refused = (uint64_t)-EINVAL;

    assert_int_equal(setup_mapping(stage, entry_of_pages(STAGE_WINDOW_PAGES - 1, 0, 1, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(STAGE_WINDOW_PAGES - 1, 0, 2, R)),
                     refused);
    assert_int_equal(setup_mapping(stage, entry_of_pages(STAGE_WINDOW_PAGES, 0, 1, R)), refused);
    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 0, STAGE_WINDOW_PAGES + 1, R)),
                     refused);
    assert_int_equal(setup_mapping(stage, wraps), refused);
}

static void
virtio_fs_dax_window_splits_a_mapping_that_is_removed_in_part(void **state)
{
    Stage *stage = *state;

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 0, 5, R)), 0);
    assert_int_equal(remove_mapping(stage, 2, 1), 0);
    assert_int_equal(stage_shown_at(stage, 1), mark_of(1, 1));
    assert_int_equal(stage_shown_at(stage, 2), 0);
    assert_int_equal(stage_shown_at(stage, 3), mark_of(1, 3));
}

static void
virtio_fs_dax_window_removes_across_mappings_and_gaps(void **state)
{
    Stage *stage = *state;

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 0, 2, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(5, 0, 2, R)), 0);
    assert_int_equal(remove_mapping(stage, 1, 5), 0);
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 1), 0);
    assert_int_equal(stage_shown_at(stage, 5), 0);
    assert_int_equal(stage_shown_at(stage, 6), mark_of(1, 1));
}

/* A mapping may reach beyond the end of its file, as those of Linux do. */
static void
virtio_fs_dax_window_maps_beyond_the_end_of_a_file(void **state)
{
    Stage *stage = *state;

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, STAGE_FILE_PAGES - 1, 4, R)), 0);
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, STAGE_FILE_PAGES - 1));
}

static void
virtio_fs_dax_window_behaves_as_memory_that_others_share(void **state)
{
    Stage *stage = *state;
    char *memory = daxwin_window_get_base(stage->cache);
    char bytes[2] = { 0 };

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 1, 1, RW)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(4, 1, 1, R)), 0);
    memory[100] = 'a';
    assert_int_equal(memory[pages(4) + 100], 'a');
    assert_int_equal(pread(stage->files[STAGE_MEMORY], bytes, sizeof bytes, (off_t)pages(1) + 100),
                     2);
    assert_int_equal(bytes[0], 'a');
    assert_int_equal(pwrite(stage->files[STAGE_MEMORY], "b", 1, (off_t)pages(1) + 101), 1);
    assert_int_equal(memory[101], 'b');
}

/* FUSE_READ and FUSE_WRITE come to a VMM as FS_IO where their memory lies in a window. */
static void
virtio_fs_dax_window_takes_reads_and_writes_of_what_is_mapped(void **state)
{
    Stage *stage = *state;
    Payload read = fs_payload_of(entry_of_pages(STAGE_RAM_AT, 2, 1, R));
    Payload write = fs_payload_of(entry_of_pages(STAGE_RAM_AT, 3, 1, W));
    const int fd = stage->files[STAGE_MEMORY];

    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 0, 8, RW)), 0);
    assert_int_equal(
        daxwin_serve_fs_io(ENTRIES, read.bytes, read.length, fd, stage_resolve, stage, NULL),
        pages(1));
    assert_int_equal(
        daxwin_serve_fs_io(ENTRIES, write.bytes, write.length, fd, stage_resolve, stage, NULL),
        pages(1));
    assert_int_equal(stage_shown_at(stage, 3), mark_of(1, 2));
}

static void
virtio_fs_dax_window_may_run_out_of_mappings(void **state)
{
    Stage *stage = *state;

    daxwin_window_set_limit(stage->cache, 1);
    assert_int_equal(setup_mapping(stage, entry_of_pages(0, 0, 1, R)), 0);
    assert_int_equal(setup_mapping(stage, entry_of_pages(5, 0, 1, R)), (uint64_t)-ENOSPC);
    assert_int_equal(stage_shown_at(stage, 0), mark_of(1, 0));
    assert_int_equal(stage_shown_at(stage, 5), 0);
}

/* Virtio, "Shared memory regions", and where its transports tell of one */

static void
virtio_fs_uses_region_0_for_the_dax_window(void **state)
{
    (void)state;
    assert_int_equal(DAXWIN_SHM_ID_CACHE, 0);
}

static void
virtio_pci_shared_memory_capability_has_64_bits_in_halves(void **state)
{
    uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];
    const uint8_t expected[] = { 0x09, 0, 24, 8, 2, 0, 0, 0, 0, 0x10, 0, 0,
                                 0,    0, 0,  0, 1, 0, 0, 0, 4, 0,    0, 0 };

    (void)state;
    daxwin_shm_capability_encode(bytes, 2, DAXWIN_SHM_ID_CACHE, (UINT64_C(1) << 32) + 0x1000,
                                 UINT64_C(16) << 30, 0);
    assert_memory_equal(bytes, expected, sizeof bytes);
}

static void
virtio_mmio_reads_a_length_of_all_ones_for_an_absent_region(void **state)
{
    uint32_t low = 0;
    uint32_t high = 0;

    (void)state;
    assert_true(daxwin_shm_mmio_read(NULL, 0x0b0, &low));
    assert_true(daxwin_shm_mmio_read(NULL, 0x0b4, &high));
    assert_int_equal((uint64_t)high << 32 | low, UINT64_MAX);
}

/* vhost-user, VHOST_USER_BACKEND_SHMEM_MAP */

static void
vhost_user_shmem_map_replies_0_for_success(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_region(stage, 0, 3, 2), 0);
    assert_int_equal(shown_in_region(stage, 0), mark_of(1, 3));
    assert_int_equal(shown_in_region(stage, 1), mark_of(1, 4));
}

static void
vhost_user_shmem_map_replies_something_else_for_failure(void **state)
{
    Stage *stage = *state;

    assert_int_not_equal(map_region(stage, 0, 0, 0), 0);
    assert_int_not_equal(map_region(stage, STAGE_WINDOW_PAGES, 0, 1), 0);
    assert_int_not_equal(map_region(stage, STAGE_WINDOW_PAGES - 1, 0, 2), 0);
}

static void
vhost_user_shmem_map_fails_over_any_other_mapping(void **state)
{
    Stage *stage = *state;
    const uint64_t refused = (uint64_t)-EEXIST;

    assert_int_equal(map_region(stage, 4, 0, 4), 0);
    assert_int_equal(map_region(stage, 4, 0, 4), refused); /* the same */
    assert_int_equal(map_region(stage, 5, 4, 1), refused); /* inside */
    assert_int_equal(map_region(stage, 3, 4, 2), refused); /* across its start */
    assert_int_equal(map_region(stage, 7, 4, 2), refused); /* across its end */
    assert_int_equal(map_region(stage, 2, 0, 8), refused); /* around it */
    for (uint64_t page = 0; page < 4; page++) {
        assert_int_equal(shown_in_region(stage, 4 + page), mark_of(1, page));
    }
    assert_int_equal(shown_in_region(stage, 3), 0);
    assert_int_equal(shown_in_region(stage, 8), 0);
}

static void
vhost_user_shmem_map_succeeds_beside_other_mappings(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_region(stage, 4, 0, 2), 0);
    assert_int_equal(map_region(stage, 2, 4, 2), 0);
    assert_int_equal(map_region(stage, 6, 6, 2), 0);
    assert_int_equal(shown_in_region(stage, 3), mark_of(1, 5));
    assert_int_equal(shown_in_region(stage, 4), mark_of(1, 0));
    assert_int_equal(shown_in_region(stage, 6), mark_of(1, 6));
}

/* In particular a neighbour that continues it in the file stays a mapping of its own. */
static void
vhost_user_shmem_unmap_takes_one_whole_mapping(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_region(stage, 0, 0, 2), 0);
    assert_int_equal(map_region(stage, 2, 2, 2), 0);
    assert_int_equal(unmap_region(stage, 0, 4), (uint64_t)-ENOENT);
    assert_int_equal(unmap_region(stage, 0, 2), 0);
    assert_int_equal(shown_in_region(stage, 0), 0);
    assert_int_equal(shown_in_region(stage, 2), mark_of(1, 2));
}

static void
vhost_user_shmem_unmap_fails_for_anything_else(void **state)
{
    Stage *stage = *state;
    const uint64_t refused = (uint64_t)-ENOENT;

    assert_int_equal(map_region(stage, 4, 0, 4), 0);
    assert_int_equal(unmap_region(stage, 4, 3), refused);
    assert_int_equal(unmap_region(stage, 5, 3), refused);
    assert_int_equal(unmap_region(stage, 5, 2), refused);
    assert_int_equal(unmap_region(stage, 3, 6), refused);
    assert_int_equal(unmap_region(stage, 10, 1), refused);
    assert_int_equal(shown_in_region(stage, 4), mark_of(1, 0));
    assert_int_equal(shown_in_region(stage, 7), mark_of(1, 3));
}

static void
vhost_user_shmem_range_is_free_again_after_unmap(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_region(stage, 4, 0, 4), 0);
    assert_int_equal(unmap_region(stage, 4, 4), 0);
    assert_int_equal(map_region(stage, 3, 1, 2), 0);
    assert_int_equal(shown_in_region(stage, 3), mark_of(1, 1));
}

/* The front-end does it by itself, without a message. */
static void
vhost_user_shmem_mappings_vanish_on_reset(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_region(stage, 0, 0, 2), 0);
    assert_true(daxwin_window_clear(stage->regions[REGION], NULL));
    assert_int_equal(shown_in_region(stage, 0), 0);
    assert_int_equal(unmap_region(stage, 0, 2), (uint64_t)-ENOENT);
    assert_int_equal(map_region(stage, 0, 0, 2), 0);
}

static void
vhost_user_shmem_regions_are_told_apart_by_id(void **state)
{
    Stage *stage = *state;
    Payload payload = shmem_payload(3, 0, 5, 1, 0);

    assert_int_equal(map_region(stage, 0, 0, 1), 0);
    assert_int_equal(daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, payload.bytes,
                                            payload.length, stage->files[STAGE_MEMORY], NULL),
                     0);
    assert_int_equal(shown_in_region(stage, 0), mark_of(1, 0));
    assert_int_equal(mark_at(daxwin_window_get_base(stage->regions[3])), mark_of(1, 5));
}

/* vhost-user, VHOST_USER_GET_SHMEM_CONFIG */

static void
vhost_user_get_shmem_config_counts_the_regions_that_are_there(void **state)
{
    DaxwinShmemConfig config = { { 0 } };
    DaxwinShmemConfig again;
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH];
    size_t length = 0;
    uint32_t n_regions;

    (void)state;
    config.sizes[0] = pages(1);
    config.sizes[200] = pages(16);
    assert_true(daxwin_shmem_config_encode(&config, payload, sizeof payload, &length, NULL));
    memcpy(&n_regions, payload, sizeof n_regions);
    assert_int_equal(n_regions, 2);
    assert_true(daxwin_shmem_config_decode(payload, length, &again, NULL));
    assert_memory_equal(&again, &config, sizeof config);
}

static void
vhost_user_shmem_numbers_are_those_of_the_specification(void **state)
{
    (void)state;
    assert_int_equal(DAXWIN_SHMEM_PROTOCOL_FEATURE, 22);
    assert_int_equal(DAXWIN_SHMEM_GET_CONFIG, 44);
    assert_int_equal(DAXWIN_SHMEM_MAP, 9);
    assert_int_equal(DAXWIN_SHMEM_UNMAP, 10);
    assert_int_equal(DAXWIN_SHMEM_MAX_REGIONS, 256);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(virtio_fs_dax_window_allows_a_mapping_over_a_whole_other),
        TEST(virtio_fs_dax_window_allows_a_mapping_over_part_of_another),
        TEST(virtio_fs_dax_window_allows_a_mapping_over_several_others),
        TEST(virtio_fs_dax_window_allows_the_same_mapping_with_more_access),
        TEST(virtio_fs_dax_window_rejects_mappings_beyond_its_end),
        TEST(virtio_fs_dax_window_splits_a_mapping_that_is_removed_in_part),
        TEST(virtio_fs_dax_window_removes_across_mappings_and_gaps),
        TEST(virtio_fs_dax_window_maps_beyond_the_end_of_a_file),
        TEST(virtio_fs_dax_window_behaves_as_memory_that_others_share),
        TEST(virtio_fs_dax_window_takes_reads_and_writes_of_what_is_mapped),
        TEST(virtio_fs_dax_window_may_run_out_of_mappings),
        TEST(virtio_fs_uses_region_0_for_the_dax_window),
        TEST(virtio_pci_shared_memory_capability_has_64_bits_in_halves),
        TEST(virtio_mmio_reads_a_length_of_all_ones_for_an_absent_region),
        TEST(vhost_user_shmem_map_replies_0_for_success),
        TEST(vhost_user_shmem_map_replies_something_else_for_failure),
        TEST(vhost_user_shmem_map_fails_over_any_other_mapping),
        TEST(vhost_user_shmem_map_succeeds_beside_other_mappings),
        TEST(vhost_user_shmem_unmap_takes_one_whole_mapping),
        TEST(vhost_user_shmem_unmap_fails_for_anything_else),
        TEST(vhost_user_shmem_range_is_free_again_after_unmap),
        TEST(vhost_user_shmem_mappings_vanish_on_reset),
        TEST(vhost_user_shmem_regions_are_told_apart_by_id),
        TEST(vhost_user_get_shmem_config_counts_the_regions_that_are_there),
        TEST(vhost_user_shmem_numbers_are_those_of_the_specification),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
