/* SPDX-License-Identifier: BSD-3-Clause */
/* test-memory-table.c: guest memory as a front end describes it, rightly or wrongly. */
#include "support/testing.h"

#include "guest.h"

#include <fcntl.h>
#include <string.h>

static int
set_up(void **state)
{
    Guest *guest = g_new0(Guest, 1);

    *state = guest;
    return guest_open(guest) ? 0 : -1;
}

static int
tear_down(void **state)
{
    guest_close(*state);
    g_free(*state);
    return 0;
}

static void
addresses_lead_to_the_memory_of_the_guest(void **state)
{
    const Guest *guest = *state;
    g_autoptr(MemoryTable) table = guest_new_table(guest);
    size_t length = 5;
    char *found = memory_table_resolve(GUEST_HIGH + 100, &length, true, table);

    strcpy(guest_at(guest, GUEST_HIGH + 100), "text");
    assert_string_equal(found, "text");
    assert_int_equal(length, 5);
    assert_ptr_equal(memory_table_find_user(table, GUEST_USER_ADDRESS(GUEST_HIGH + 100), 5), found);
}

static void
length_ends_with_the_region(void **state)
{
    g_autoptr(MemoryTable) table = guest_new_table(*state);
    size_t length = SIZE_MAX;

    assert_non_null(memory_table_resolve(GUEST_LOW, &length, true, table));
    assert_int_equal(length, GUEST_LOW_SIZE);
    length = 10;
    assert_non_null(memory_table_resolve(GUEST_TOP + GUEST_TOP_SIZE - 1, &length, true, table));
    assert_int_equal(length, 1);
}

static void
length_of_nothing_ends_with_the_next_region(void **state)
{
    g_autoptr(MemoryTable) table = guest_new_table(*state);
    size_t length = SIZE_MAX;

    assert_null(memory_table_resolve(0, &length, true, table));
    assert_int_equal(length, GUEST_LOW);
    length = SIZE_MAX;
    assert_null(memory_table_resolve(GUEST_LOW + GUEST_LOW_SIZE, &length, true, table));
    assert_int_equal(length, GUEST_HIGH - GUEST_LOW - GUEST_LOW_SIZE);
    length = 77;
    assert_null(memory_table_resolve(UINT64_MAX, &length, true, table));
    assert_int_equal(length, 77);
}

static void
user_ranges_must_be_in_one_region(void **state)
{
    g_autoptr(MemoryTable) table = guest_new_table(*state);
    uint64_t end = GUEST_USER_ADDRESS(GUEST_LOW + GUEST_LOW_SIZE);

    assert_non_null(memory_table_find_user(table, end - 8, 8));
    assert_null(memory_table_find_user(table, end - 8, 9));
    assert_null(memory_table_find_user(table, end - 8, UINT64_MAX));
    assert_null(memory_table_find_user(table, end, 1));
    assert_null(memory_table_find_user(table, GUEST_LOW, 1));
}

/* Whether a table of this region and those of the guest is refused. */
static bool
is_refused(const Guest *guest, MemoryRegion region, int fd)
{
    const MemoryRegion regions[] = { guest->regions[0], guest->regions[1], region };
    const int fds[] = { guest->fd, guest->fd, fd };
    g_autoptr(GError) error = NULL;
    g_autoptr(MemoryTable) table = memory_table_new(regions, fds, G_N_ELEMENTS(regions), &error);

    assert_true((table == NULL) == (error != NULL));
    return table == NULL;
}

static void
wrong_numbers_are_refused(void **state)
{
    const Guest *guest = *state;
    const MemoryRegion right = guest->regions[2];
    MemoryRegion wrong[8];

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        wrong[i] = right;
    }
    wrong[0].size = 0;
    wrong[1].size = UINT64_MAX;
    wrong[2].guest_address = UINT64_MAX - 1;
    wrong[3].user_address = UINT64_MAX - 1;
    wrong[4].mmap_offset = UINT64_MAX - 1;
    wrong[5].mmap_offset = INT64_MAX;
    wrong[6].mmap_offset = GUEST_SIZE; /* beyond the file */
    wrong[7].size++;                   /* so is its end */
    assert_false(is_refused(guest, right, guest->fd));
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        if (!is_refused(guest, wrong[i], guest->fd)) {
            fail_msg("region %zu is taken", i);
        }
    }
}

static void
overlaps_are_refused(void **state)
{
    const Guest *guest = *state;
    MemoryRegion region = guest->regions[2];

    region.guest_address = GUEST_HIGH + GUEST_HIGH_SIZE - 1;
    assert_true(is_refused(guest, region, guest->fd));
    region.guest_address = GUEST_LOW - GUEST_TOP_SIZE + 1;
    assert_true(is_refused(guest, region, guest->fd));
    region.guest_address = GUEST_LOW - GUEST_TOP_SIZE;
    assert_false(is_refused(guest, region, guest->fd));
}

static void
what_is_no_file_is_refused(void **state)
{
    const Guest *guest = *state;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int zeros = open("/dev/zero", O_RDWR | O_CLOEXEC);

    assert_true(is_refused(guest, guest->regions[2], -1));
    assert_true(is_refused(guest, guest->regions[2], folder));
    assert_true(is_refused(guest, guest->regions[2], zeros));
    (void)close(folder);
    (void)close(zeros);
}

static void
file_that_cannot_be_written_is_refused(void **state)
{
    const Guest *guest = *state;
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", guest->fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(is_refused(guest, guest->regions[2], fd));
    (void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_lead_to_the_memory_of_the_guest),
        TEST(length_ends_with_the_region),
        TEST(length_of_nothing_ends_with_the_next_region),
        TEST(user_ranges_must_be_in_one_region),
        TEST(wrong_numbers_are_refused),
        TEST(overlaps_are_refused),
        TEST(what_is_no_file_is_refused),
        TEST(file_that_cannot_be_written_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
