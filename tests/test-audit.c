/* SPDX-License-Identifier: BSD-3-Clause */
/* test-audit.c: a table compared with listings, made-up ones and the kernel's own. */
#include "audit.h"

#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

/* A window of 16 pages of 4096 bytes at 0x100000; nothing is ever mapped there. */
enum {
    BASE = 0x100000,
    SIZE = 0x10000
};

#define BELOW "000ff000-00100000 rw-p 00000000 00:00 0"
#define BEHIND "00110000-00111000 rw-p 00000000 00:00 0"
#define IDLE "00100000-00110000 ---p 00000000 00:00 0"
#define IDLE_HEAD "00100000-00102000 ---p 00000000 00:00 0"
#define IDLE_TAIL "00104000-00110000 ---p 00000000 00:00 0"

static const char *const *listing; /* what the host lists, NULL for the truth */
static int refuse_with;            /* errno after all lines were given */

int __real_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);
int __wrap_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);

int
__wrap_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data)
{
    if (listing == NULL) {
        return refuse_with != 0 ? refuse_with : __real_daxwin_host_list_areas(func, user_data);
    }
    for (size_t i = 0; listing[i] != NULL; i++) {
        if (!func(listing[i], user_data)) {
            break;
        }
    }
    return refuse_with;
}

static DaxwinSpace space;
static uint64_t words[SIZE / 4096]; /* of its overlay */

static int
start_empty(void **state)
{
    (void)state;
    space =
        (DaxwinSpace){ .reservation = { (char *)BASE, SIZE, PROT_NONE },
                       .contained = { .words = words, .page_shift = 12, .n_pages = SIZE / 4096 } };
    memset(words, 0, sizeof words);
    daxwin_mapping_table_init(&space.table, SIZE);
    daxwin_mapping_table_init(&space.retreating, SIZE);
    listing = NULL;
    refuse_with = 0;
    return 0;
}

static int
clear_table(void **state)
{
    (void)state;
    daxwin_mapping_table_clear(&space.table);
    daxwin_mapping_table_clear(&space.retreating);
    return 0;
}

static void
insert(uint64_t window_offset, uint64_t file_offset, uint64_t length, DaxwinAccess access,
       DaxwinFileId file)
{
    DaxwinTableEntry entry = { { window_offset, file_offset, length, access },
                               { file, UINT64_MAX, 4096 } };

    daxwin_mapping_table_insert(&space.table, &entry);
}

/* The pages 2 and 3 of the window show the file from 0x5000 on, for reading. */
static void
insert_file(DaxwinFileId file)
{
    insert(0x2000, 0x5000, 0x2000, DAXWIN_ACCESS_READ, file);
}

static const DaxwinFileId on_disk = { 0x801, 77 }; /* 08:01 */

static bool
agrees(const char *const *lines)
{
    listing = lines;
    return daxwin_audit_run(&space, (DaxwinRange){ 0, SIZE }, NULL);
}

/* Whether the listing with this line for the pages 2 and 3 agrees with the table. */
static bool
agrees_with(const char *line)
{
    const char *const lines[] = { BELOW, IDLE_HEAD, line, IDLE_TAIL, BEHIND, NULL };

    return agrees(lines);
}

static GError *
difference_of(const char *const *lines)
{
    GError *error = NULL;

    listing = lines;
    (void)daxwin_audit_run(&space, (DaxwinRange){ 0, SIZE }, &error);
    return error;
}

static void
idle_window_agrees_with_one_area(void **state)
{
    const char *const lines[] = { BELOW, IDLE, BEHIND, NULL };

    (void)state;
    assert_true(agrees(lines));
}

static void
idle_window_agrees_with_an_area_that_reaches_beyond_it(void **state)
{
    const char *const lines[] = { "000f0000-00120000 ---p 00000000 00:00 0", NULL };

    (void)state;
    assert_true(agrees(lines));
}

static void
idle_window_agrees_with_several_areas(void **state)
{
    const char *const lines[] = { IDLE_HEAD, "00102000-00104000 ---p 00000000 00:00 0", IDLE_TAIL,
                                  NULL };

    (void)state;
    assert_true(agrees(lines));
}

static void
part_of_a_window_agrees_whatever_lies_around_it(void **state)
{
    const char *const lines[] = { "00100000-00102000 rw-p 00000000 00:00 0",
                                  "00102000-00104000 ---p 00000000 00:00 0",
                                  "00104000-00110000 rw-p 00000000 00:00 0", NULL };

    (void)state;
    listing = lines;
    assert_true(daxwin_audit_run(&space, (DaxwinRange){ 0x2000, 0x2000 }, NULL));
    assert_false(daxwin_audit_run(&space, (DaxwinRange){ 0x1000, 0x3000 }, NULL));
    assert_false(daxwin_audit_run(&space, (DaxwinRange){ 0x2000, 0x3000 }, NULL));
}

static void
difference_behind_the_range_is_not_seen(void **state)
{
    const char *const lines[] = { IDLE, NULL };

    (void)state;
    insert_file(on_disk);
    listing = lines;
    assert_true(daxwin_audit_run(&space, (DaxwinRange){ 0, 0x2000 }, NULL));
    assert_false(daxwin_audit_run(&space, (DaxwinRange){ 0, 0x3000 }, NULL));
}

static void
hole_at_the_start_is_reported(void **state)
{
    const char *const lines[] = { BELOW, "00102000-00110000 ---p 00000000 00:00 0", NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    error = difference_of(lines);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_int_equal(daxwin_error_to_errno(error), ENOTRECOVERABLE);
    assert_string_equal(error->message, "window offset 0x0 is a hole");
}

static void
hole_in_the_middle_is_reported(void **state)
{
    const char *const lines[] = { IDLE_HEAD, IDLE_TAIL, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    error = difference_of(lines);
    assert_string_equal(error->message, "window offset 0x2000 is a hole");
}

static void
hole_at_the_end_is_reported(void **state)
{
    const char *const lines[] = { IDLE_HEAD, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    error = difference_of(lines);
    assert_string_equal(error->message, "window offset 0x2000 is a hole");
}

static void
window_that_is_all_hole_is_reported(void **state)
{
    const char *const lines[] = { BELOW, BEHIND, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    error = difference_of(lines);
    assert_string_equal(error->message, "window offset 0x0 is a hole");
}

static void
idle_memory_of_another_kind_is_reported(void **state)
{
    (void)state;
    assert_true(agrees_with("00102000-00104000 ---p 00000000 00:00 0"));
    assert_false(agrees_with("00102000-00104000 ---s 00000000 00:00 0"));
    assert_false(agrees_with("00102000-00104000 r--p 00000000 00:00 0"));
    assert_false(agrees_with("00102000-00104000 rw-p 00000000 00:00 0"));
    assert_false(agrees_with("00102000-00104000 ---p 00000000 08:01 77 /file"));
}

static void
foreign_memory_is_told_with_its_place(void **state)
{
    const char *const lines[] = { IDLE_HEAD, "00102000-00104000 rw-p 00000000 00:00 0", IDLE_TAIL,
                                  NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    error = difference_of(lines);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    assert_string_equal(error->message,
                        "window offset 0x2000 is listed as idle, but the kernel has other memory "
                        "there");
}

static void
readable_idle_memory_agrees_with_a_reservation_that_is_readable(void **state)
{
    const char *const lines[] = { "00100000-00110000 r--p 00000000 00:00 0", NULL };

    (void)state;
    space.reservation.protection = PROT_READ;
    assert_true(agrees(lines));
}

static void
mapping_agrees_with_its_area(void **state)
{
    (void)state;
    insert_file(on_disk);
    assert_true(agrees_with("00102000-00104000 r--s 00005000 08:01 77 /file"));
}

static void
writable_mapping_agrees_with_a_writable_area(void **state)
{
    (void)state;
    insert(0x2000, 0x5000, 0x2000, DAXWIN_ACCESS_WRITE, on_disk);
    assert_true(agrees_with("00102000-00104000 rw-s 00005000 08:01 77 /file"));
    assert_false(agrees_with("00102000-00104000 r--s 00005000 08:01 77 /file"));
}

static void
mapping_with_other_access_is_reported(void **state)
{
    (void)state;
    insert_file(on_disk);
    assert_false(agrees_with("00102000-00104000 rw-s 00005000 08:01 77 /file"));
}

static void
private_mapping_is_reported(void **state)
{
    (void)state;
    insert_file(on_disk);
    assert_false(agrees_with("00102000-00104000 r--p 00005000 08:01 77 /file"));
}

static void
mapping_of_another_piece_is_reported(void **state)
{
    (void)state;
    insert_file(on_disk);
    assert_false(agrees_with("00102000-00104000 r--s 00006000 08:01 77 /file"));
}

static void
listed_mapping_that_is_idle_is_reported(void **state)
{
    const char *const lines[] = { IDLE, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    insert_file(on_disk);
    error = difference_of(lines);
    assert_string_equal(error->message,
                        "window offset 0x2000 is listed as mapped, but the kernel has other memory "
                        "there");
}

static void
mapping_of_another_inode_is_reported(void **state)
{
    (void)state;
    insert_file(on_disk);
    assert_false(agrees_with("00102000-00104000 r--s 00005000 08:01 78 /file"));
}

static void
mapping_of_another_real_device_is_reported(void **state)
{
    (void)state;
    insert_file(on_disk);
    assert_false(agrees_with("00102000-00104000 r--s 00005000 08:02 77 /file"));
}

static void
anonymous_device_with_another_number_in_the_listing_is_let_pass(void **state)
{
    (void)state;
    insert_file((DaxwinFileId){ makedev(0, 0x30), 77 });
    assert_true(agrees_with("00102000-00104000 r--s 00005000 00:2f 1234 /file"));
}

static void
anonymous_device_with_the_same_number_tells_inodes_apart(void **state)
{
    (void)state;
    insert_file((DaxwinFileId){ makedev(0, 0x30), 77 });
    assert_true(agrees_with("00102000-00104000 r--s 00005000 00:30 77 /file"));
    assert_false(agrees_with("00102000-00104000 r--s 00005000 00:30 78 /file"));
}

static void
file_without_a_device_is_told_by_its_inode(void **state)
{
    (void)state;
    insert_file((DaxwinFileId){ 0, 77 });
    assert_true(agrees_with("00102000-00104000 r--s 00005000 00:00 77 /file"));
    assert_false(agrees_with("00102000-00104000 r--s 00005000 00:00 78 /file"));
}

static void
device_memory_agrees_whatever_it_shows(void **state)
{
    (void)state;
    insert_file((DaxwinFileId){ 0 });
    assert_true(agrees_with("00102000-00104000 r--s 00005000 00:01 4242 /dev/zero (deleted)"));
}

static void
neighbours_agree_with_one_joined_area(void **state)
{
    (void)state;
    insert(0x2000, 0x5000, 0x1000, DAXWIN_ACCESS_READ, on_disk);
    insert(0x3000, 0x6000, 0x1000, DAXWIN_ACCESS_READ, on_disk);
    assert_true(agrees_with("00102000-00104000 r--s 00005000 08:01 77 /file"));
}

static void
mapping_agrees_with_several_areas(void **state)
{
    const char *const lines[] = { IDLE_HEAD, "00102000-00103000 r--s 00005000 08:01 77 /file",
                                  "00103000-00104000 r--s 00006000 08:01 77 /file", IDLE_TAIL,
                                  NULL };

    (void)state;
    insert_file(on_disk);
    assert_true(agrees(lines));
}

static void
mapping_that_reaches_beyond_the_range_is_compared_in_part(void **state)
{
    const char *const lines[] = { "00103000-00104000 r--s 00006000 08:01 77 /file", NULL };

    (void)state;
    insert_file(on_disk);
    listing = lines;
    assert_true(daxwin_audit_run(&space, (DaxwinRange){ 0x3000, 0x1000 }, NULL));
}

static void
unreadable_line_is_a_system_error(void **state)
{
    const char *const lines[] = { "gibberish", IDLE, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    error = difference_of(lines);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EPROTO);
}

static void
refused_listing_reports_its_errno(void **state)
{
    g_autoptr(GError) error = NULL;

    (void)state;
    refuse_with = EACCES;
    error = difference_of(NULL);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EACCES);
}

static void
listing_that_breaks_off_hides_the_difference_found(void **state)
{
    const char *const lines[] = { BEHIND, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    refuse_with = EIO;
    error = difference_of(lines);
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EIO);
}

static void
contained_page_agrees_with_private_zeros(void **state)
{
    const char *const lines[] = { IDLE_HEAD, "00102000-00103000 r--p 00000000 00:00 0",
                                  "00103000-00104000 r--s 00006000 08:01 77 /file", IDLE_TAIL,
                                  NULL };

    (void)state;
    insert_file(on_disk);
    assert_false(agrees(lines));
    (void)daxwin_overlay_mark(&space.contained, (DaxwinRange){ 0x2000, 0x1000 });
    assert_true(agrees(lines));
}

static void
contained_page_that_shows_its_file_is_reported(void **state)
{
    const char *const lines[] = { IDLE_HEAD, "00102000-00104000 r--s 00005000 08:01 77 /file",
                                  IDLE_TAIL, NULL };
    g_autoptr(GError) error = NULL;

    (void)state;
    insert_file(on_disk);
    (void)daxwin_overlay_mark(&space.contained, (DaxwinRange){ 0x3000, 0x1000 });
    error = difference_of(lines);
    assert_string_equal(error->message,
                        "window offset 0x3000 is listed as contained, but the kernel has other "
                        "memory there");
}

static void
contained_page_has_the_access_of_its_mapping(void **state)
{
    (void)state;
    insert(0x2000, 0x5000, 0x2000, DAXWIN_ACCESS_WRITE, on_disk);
    (void)daxwin_overlay_mark(&space.contained, (DaxwinRange){ 0x2000, 0x2000 });
    assert_true(agrees_with("00102000-00104000 rw-p 00000000 00:00 0"));
    assert_false(agrees_with("00102000-00104000 r--p 00000000 00:00 0"));
    assert_false(agrees_with("00102000-00104000 rw-s 00000000 00:00 0"));
}

/* The pages 2 and 3 are to be made idle yet. */
static void
insert_retreating(void)
{
    DaxwinTableEntry entry = { .mapping = { .window_offset = 0x2000, .length = 0x2000 } };

    daxwin_mapping_table_insert(&space.retreating, &entry);
}

static void
anything_may_be_where_the_window_retreats(void **state)
{
    (void)state;
    insert_retreating();
    assert_true(agrees_with("00102000-00104000 r--s 00005000 08:01 77 /file"));
    assert_true(agrees_with("00102000-00104000 ---s 00005000 08:01 77 /file"));
    assert_true(agrees_with("00102000-00104000 ---p 00000000 00:00 0"));
}

static void
area_that_reaches_beyond_a_retreat_is_reported(void **state)
{
    const char *const before[] = { "00100000-00101000 ---p 00000000 00:00 0",
                                   "00101000-00104000 r--s 00005000 08:01 77 /file", IDLE_TAIL,
                                   NULL };
    const char *const behind[] = { IDLE_HEAD, "00102000-00105000 r--s 00005000 08:01 77 /file",
                                   "00105000-00110000 ---p 00000000 00:00 0", NULL };

    (void)state;
    insert_retreating();
    assert_false(agrees(before));
    assert_false(agrees(behind));
}

static void
hole_where_the_window_retreats_is_reported(void **state)
{
    const char *const lines[] = { IDLE_HEAD, IDLE_TAIL, NULL };

    (void)state;
    insert_retreating();
    assert_false(agrees(lines));
}

static void
idle_memory_before_a_mapping_behind_a_retreat_is_compared(void **state)
{
    const char *const lines[] = { IDLE_HEAD,
                                  "00102000-00104000 r--s 00005000 08:01 77 /file",
                                  "00104000-00108000 ---p 00000000 00:00 0",
                                  "00108000-00109000 r--s 00000000 08:01 77 /file",
                                  "00109000-00110000 ---p 00000000 00:00 0",
                                  NULL };

    (void)state;
    insert_retreating();
    insert(0x8000, 0, 0x1000, DAXWIN_ACCESS_READ, on_disk);
    assert_true(agrees(lines));
}

static void
real_listing_agrees_with_a_real_reservation(void **state)
{
    DaxwinSpace real;

    (void)state;
    assert_true(daxwin_space_init(&real, 16 * daxwin_host_get_page_size(), PROT_NONE, NULL));
    assert_true(daxwin_audit_run(&real, (DaxwinRange){ 0, real.reservation.size }, NULL));
    assert_int_equal(mprotect(real.reservation.base, (size_t)real.reservation.size, PROT_READ), 0);
    assert_false(daxwin_audit_run(&real, (DaxwinRange){ 0, real.reservation.size }, NULL));
    daxwin_space_clear(&real);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_empty, clear_table)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(idle_window_agrees_with_one_area),
        TEST(idle_window_agrees_with_an_area_that_reaches_beyond_it),
        TEST(idle_window_agrees_with_several_areas),
        TEST(part_of_a_window_agrees_whatever_lies_around_it),
        TEST(difference_behind_the_range_is_not_seen),
        TEST(hole_at_the_start_is_reported),
        TEST(hole_in_the_middle_is_reported),
        TEST(hole_at_the_end_is_reported),
        TEST(window_that_is_all_hole_is_reported),
        TEST(idle_memory_of_another_kind_is_reported),
        TEST(foreign_memory_is_told_with_its_place),
        TEST(readable_idle_memory_agrees_with_a_reservation_that_is_readable),
        TEST(mapping_agrees_with_its_area),
        TEST(writable_mapping_agrees_with_a_writable_area),
        TEST(mapping_with_other_access_is_reported),
        TEST(private_mapping_is_reported),
        TEST(mapping_of_another_piece_is_reported),
        TEST(listed_mapping_that_is_idle_is_reported),
        TEST(mapping_of_another_inode_is_reported),
        TEST(mapping_of_another_real_device_is_reported),
        TEST(anonymous_device_with_another_number_in_the_listing_is_let_pass),
        TEST(anonymous_device_with_the_same_number_tells_inodes_apart),
        TEST(file_without_a_device_is_told_by_its_inode),
        TEST(device_memory_agrees_whatever_it_shows),
        TEST(neighbours_agree_with_one_joined_area),
        TEST(mapping_agrees_with_several_areas),
        TEST(mapping_that_reaches_beyond_the_range_is_compared_in_part),
        TEST(unreadable_line_is_a_system_error),
        TEST(refused_listing_reports_its_errno),
        TEST(listing_that_breaks_off_hides_the_difference_found),
        TEST(contained_page_agrees_with_private_zeros),
        TEST(contained_page_that_shows_its_file_is_reported),
        TEST(contained_page_has_the_access_of_its_mapping),
        TEST(anything_may_be_where_the_window_retreats),
        TEST(area_that_reaches_beyond_a_retreat_is_reported),
        TEST(hole_where_the_window_retreats_is_reported),
        TEST(idle_memory_before_a_mapping_behind_a_retreat_is_compared),
        TEST(real_listing_agrees_with_a_real_reservation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
