/* SPDX-License-Identifier: BSD-3-Clause */
/* test-area.c: what a line of /proc/self/maps says. */
#include "support/testing.h"

#include "area.h"

#include <glib.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void
line_of_a_shared_file_is_read(void **state)
{
    DaxwinArea area = { 0 };

    (void)state;
    assert_true(daxwin_area_parse("7f2a40000000-7f2a40200000 rw-s 1fff000 fd:03 1835017"
                                  "                    /srv/a file (deleted)",
                                  &area));
    assert_int_equal(area.start, 0x7f2a40000000);
    assert_int_equal(area.end, 0x7f2a40200000);
    assert_int_equal(area.file_offset, 0x1fff000);
    assert_int_equal(area.file.device, makedev(0xfd, 3));
    assert_int_equal(area.file.inode, 1835017);
    assert_int_equal(area.protection, PROT_READ | PROT_WRITE);
    assert_true(area.is_shared);
}

static void
line_of_reserved_memory_is_read(void **state)
{
    DaxwinArea area = { 0 };

    (void)state;
    assert_true(daxwin_area_parse("7f0000000000-7f0400000000 ---p 00000000 00:00 0 ", &area));
    assert_int_equal(area.end - area.start, UINT64_C(16) << 30);
    assert_int_equal(area.file_offset, 0);
    assert_int_equal(area.file.device, 0);
    assert_int_equal(area.file.inode, 0);
    assert_int_equal(area.protection, PROT_NONE);
    assert_false(area.is_shared);
}

static void
execution_is_passed_over(void **state)
{
    DaxwinArea area = { 0 };

    (void)state;
    assert_true(daxwin_area_parse("400000-452000 r-xp 00000000 08:02 173521 /bin/cat", &area));
    assert_int_equal(area.protection, PROT_READ);
}

static void
writing_alone_is_seen(void **state)
{
    DaxwinArea area = { 0 };

    (void)state;
    assert_true(daxwin_area_parse("1000-2000 -w-p 00000000 00:00 0", &area));
    assert_int_equal(area.protection, PROT_WRITE);
}

static void
biggest_numbers_are_read(void **state)
{
    DaxwinArea area = { 0 };

    (void)state;
    assert_true(daxwin_area_parse("ffffffffff600000-ffffffffff601000 --xp fffffffffffff000 "
                                  "fff:fffff 18446744073709551615 [vsyscall]",
                                  &area));
    assert_int_equal(area.start, UINT64_C(0xffffffffff600000));
    assert_int_equal(area.end, UINT64_C(0xffffffffff601000));
    assert_int_equal(area.file_offset, UINT64_C(0xfffffffffffff000));
    assert_int_equal(area.file.device, makedev(0xfff, 0xfffff));
    assert_int_equal(area.file.inode, UINT64_MAX);
}

static void
other_text_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "hello",
        "1000",
        "1000-2000",
        "1000 2000 r--p 00000000 00:00 0",
        "1000-2000 r--p",
        "1000-2000 r--p 00000000",
        "1000-2000 r--p 00000000 00:00",
        "1000-2000 r--p 00000000 0000 0",
        "1000-2000 r--pp 00000000 00:00 0",
        "1000-2000 r--p 00000000 00:00 nought",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        DaxwinArea area;

        if (daxwin_area_parse(lines[i], &area)) {
            fail_msg("'%s' was taken for an area", lines[i]);
        }
    }
}

static void
short_permissions_are_refused(void **state)
{
    DaxwinArea area;

    (void)state;
    assert_false(daxwin_area_parse("1000-2000 r 00000000 00:00 0", &area));
    assert_false(daxwin_area_parse("1000-2000 r-- 00000000 00:00 0", &area));
}

/* What is looked for in the listing, and what was found. */
typedef struct {
    uint64_t start;
    DaxwinArea area;
    bool is_found;
} Search;

/* A DaxwinHostLineFunc over a Search. */
static bool
compare_start(const char *line, void *user_data)
{
    Search *search = user_data;

    search->is_found =
        daxwin_area_parse(line, &search->area) && search->area.start == search->start;
    return !search->is_found;
}

static void
line_of_the_kernel_names_the_file_as_fstat_does(void **state)
{
    size_t page = daxwin_host_get_page_size();
    int fd = memfd_create("area", MFD_CLOEXEC);
    char *address = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, (off_t)(3 * page));
    Search search = { (uintptr_t)address, { 0 }, false };
    DaxwinFileId file;
    uint64_t size;
    unsigned mode;

    (void)state;
    assert_int_equal(daxwin_host_identify(fd, &file, &size, &mode), 0);
    assert_int_equal(daxwin_host_list_areas(compare_start, &search), 0);
    assert_true(search.is_found);
    assert_int_equal(search.area.end - search.area.start, 2 * page);
    assert_int_equal(search.area.file_offset, 3 * page);
    assert_int_equal(search.area.file.device, file.device);
    assert_int_equal(search.area.file.inode, file.inode);
    assert_int_equal(search.area.protection, PROT_READ);
    assert_true(search.area.is_shared);
    munmap(address, 2 * page);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_of_a_shared_file_is_read),
        cmocka_unit_test(line_of_reserved_memory_is_read),
        cmocka_unit_test(execution_is_passed_over),
        cmocka_unit_test(writing_alone_is_seen),
        cmocka_unit_test(biggest_numbers_are_read),
        cmocka_unit_test(other_text_is_refused),
        cmocka_unit_test(short_permissions_are_refused),
        cmocka_unit_test(line_of_the_kernel_names_the_file_as_fstat_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
