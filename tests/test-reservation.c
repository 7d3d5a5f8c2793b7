/* SPDX-License-Identifier: BSD-3-Clause */
/* test-reservation.c: where a window lies, what it costs, and how it gets idle again. */
#include "support/testing.h"

#include "support/areas.h"
#include "support/pages.h"

#include "host.h"
#include "reservation.h"

#include <daxwin/error.h>
#include <errno.h>
#include <string.h>

static const uint64_t GIB = UINT64_C(1) << 30;
static const uint64_t TIB = UINT64_C(1) << 40;

/* Left free above a planned place. The kernel fills address space from above, so what a sanitizer
 * or the C library maps meanwhile comes here, and not where a test looks for holes. */
enum {
    ROOM_FOR_OTHERS = 64 * 1024 * 1024
};

/* What the stand-ins do to the next reservation, and what they saw of it. */
typedef struct {
    int refuse_reserve_with;      /* errno, 0 to let it through */
    size_t refused_release;       /* which call is refused, 1 being the first; 0 for none */
    size_t releases;              /* calls so far */
    bool is_placed;               /* whether the next two decide where the kernel has room */
    uint64_t alignment;           /* the place is a multiple of it... */
    uint64_t distance;            /* ...and so many bytes */
    const char *reserved_address; /* what the library got */
    size_t reserved_length;
} HostPlan;

static HostPlan plan;

int __real_daxwin_host_reserve(size_t length, int protection, void **address);
int __wrap_daxwin_host_reserve(size_t length, int protection, void **address);
int __real_daxwin_host_release(void *address, size_t length);
int __wrap_daxwin_host_release(void *address, size_t length);

/* Reserves a stretch of which the start is where the plan wants it, and all around it is free. */
static int
reserve_as_planned(size_t length, int protection, void **address)
{
    size_t more = length + (size_t)(plan.alignment + plan.distance) + ROOM_FOR_OTHERS;
    void *place;
    int saved_errno = __real_daxwin_host_reserve(more, protection, &place);

    if (saved_errno == 0) {
        size_t front = (size_t)((-(uintptr_t)place & (plan.alignment - 1)) + plan.distance);

        (void)__real_daxwin_host_release(place, more);
        *address = (char *)place + front;
        saved_errno = daxwin_host_reserve_hole(*address, length, protection);
    }
    return saved_errno;
}

int
__wrap_daxwin_host_reserve(size_t length, int protection, void **address)
{
    int saved_errno = plan.refuse_reserve_with;

    if (saved_errno == 0) {
        saved_errno = plan.is_placed ? reserve_as_planned(length, protection, address)
                                     : __real_daxwin_host_reserve(length, protection, address);
    }
    if (saved_errno == 0) {
        plan.reserved_address = *address;
        plan.reserved_length = length;
    }
    return saved_errno;
}

/* The kernel refuses to cut an area in two when the process has too many. */
int
__wrap_daxwin_host_release(void *address, size_t length)
{
    plan.releases++;
    return plan.releases == plan.refused_release ? ENOMEM
                                                 : __real_daxwin_host_release(address, length);
}

static int
forget_plan(void **state)
{
    (void)state;
    plan = (HostPlan){ 0 };
    return 0;
}

/* Makes the kernel have room @distance bytes behind a multiple of @alignment. */
static void
plan_place(uint64_t alignment, uint64_t distance)
{
    plan.is_placed = true;
    plan.alignment = alignment;
    plan.distance = distance;
}

/* How many bytes of what the library got it still has. */
static uint64_t
bytes_kept(void)
{
    return report_areas(plan.reserved_address, plan.reserved_length).covered;
}

static bool
has_narrow_addresses(void)
{
    return sizeof(void *) < sizeof(uint64_t);
}

static void
base_is_a_multiple_of_the_size_up_to_1_gib(void **state)
{
    uint64_t biggest = has_narrow_addresses() ? GIB / 4 : 8 * GIB;

    (void)state;
    for (uint64_t size = pages(1); size <= biggest; size *= 2) {
        DaxwinReservation reservation = { 0 };

        assert_true(daxwin_reservation_init(&reservation, size, PROT_NONE, NULL));
        assert_int_equal((uintptr_t)reservation.base % MIN(size, GIB), 0);
        assert_int_equal(reservation.size, size);
        assert_true(is_one_area(reservation.base, size, "---p"));
        daxwin_reservation_clear(&reservation);
    }
}

static void
protection_is_kept_as_asked_for(void **state)
{
    DaxwinReservation closed = { 0 };
    DaxwinReservation readable = { 0 };

    (void)state;
    assert_true(daxwin_reservation_init(&closed, pages(16), PROT_NONE, NULL));
    assert_true(daxwin_reservation_init(&readable, pages(16), PROT_READ, NULL));
    assert_int_equal(closed.protection, PROT_NONE);
    assert_int_equal(readable.protection, PROT_READ);
    assert_true(is_one_area(closed.base, pages(16), "---p"));
    assert_true(is_one_area(readable.base, pages(16), "r--p"));
    daxwin_reservation_clear(&closed);
    daxwin_reservation_clear(&readable);
}

static void
offset_is_counted_from_the_base(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    assert_true(daxwin_reservation_init(&reservation, pages(4), PROT_NONE, NULL));
    assert_ptr_equal(daxwin_reservation_at(&reservation, 0), reservation.base);
    assert_ptr_equal(daxwin_reservation_at(&reservation, pages(3)), reservation.base + pages(3));
    daxwin_reservation_clear(&reservation);
}

static void
window_of_one_page_needs_no_trimming(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    assert_true(daxwin_reservation_init(&reservation, pages(1), PROT_NONE, NULL));
    assert_int_equal(plan.releases, 0);
    daxwin_reservation_clear(&reservation);
}

static void
place_that_is_aligned_is_trimmed_behind_only(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    plan_place(pages(8), 0);
    assert_true(daxwin_reservation_init(&reservation, pages(8), PROT_NONE, NULL));
    assert_ptr_equal(reservation.base, plan.reserved_address);
    assert_int_equal(plan.releases, 1);
    assert_int_equal(bytes_kept(), pages(8));
    daxwin_reservation_clear(&reservation);
}

static void
place_just_behind_an_aligned_one_is_trimmed_before_only(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    plan_place(pages(8), pages(1));
    assert_true(daxwin_reservation_init(&reservation, pages(8), PROT_NONE, NULL));
    assert_ptr_equal(reservation.base, plan.reserved_address + pages(7));
    assert_int_equal(plan.releases, 1);
    assert_int_equal(bytes_kept(), pages(8));
    daxwin_reservation_clear(&reservation);
}

static void
place_between_aligned_ones_is_trimmed_at_both_ends(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    plan_place(pages(8), pages(5));
    assert_true(daxwin_reservation_init(&reservation, pages(8), PROT_NONE, NULL));
    assert_ptr_equal(reservation.base, plan.reserved_address + pages(3));
    assert_int_equal(plan.releases, 2);
    assert_int_equal(bytes_kept(), pages(8));
    daxwin_reservation_clear(&reservation);
}

static void
refused_reserve_reports_its_errno(void **state)
{
    DaxwinReservation reservation = { 0 };
    g_autoptr(GError) error = NULL;

    (void)state;
    plan.refuse_reserve_with = EAGAIN;
    assert_false(daxwin_reservation_init(&reservation, GIB, PROT_NONE, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_non_null(strstr(error->message, "cannot reserve 1073741824 bytes"));
    assert_null(reservation.base);
}

static void
size_that_no_address_space_has_is_refused(void **state)
{
    DaxwinReservation reservation = { 0 };
    g_autoptr(GError) error = NULL;

    (void)state;
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind refuses it with an errno of its own");
    }
    assert_false(daxwin_reservation_init(&reservation, SIZE_MAX / 2 + 1, PROT_NONE, &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    assert_null(reservation.base);
}

static void
refused_trim_before_leaves_nothing(void **state)
{
    DaxwinReservation reservation = { 0 };
    g_autoptr(GError) error = NULL;

    (void)state;
    plan_place(pages(8), pages(5));
    plan.refused_release = 1;
    assert_false(daxwin_reservation_init(&reservation, pages(8), PROT_NONE, &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    assert_int_equal(bytes_kept(), 0);
    assert_null(reservation.base);
}

static void
refused_trim_behind_leaves_nothing(void **state)
{
    DaxwinReservation reservation = { 0 };
    g_autoptr(GError) error = NULL;

    (void)state;
    plan_place(pages(8), pages(5));
    plan.refused_release = 2;
    assert_false(daxwin_reservation_init(&reservation, pages(8), PROT_NONE, &error));
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    assert_int_equal(bytes_kept(), 0);
    assert_null(reservation.base);
}

static void
refused_trim_behind_of_an_aligned_place_leaves_nothing(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    plan_place(pages(8), 0);
    plan.refused_release = 1;
    assert_false(daxwin_reservation_init(&reservation, pages(8), PROT_NONE, NULL));
    assert_int_equal(bytes_kept(), 0);
    assert_null(reservation.base);
}

static void
cleared_reservation_is_a_hole(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    plan_place(pages(16), pages(3));
    assert_true(daxwin_reservation_init(&reservation, pages(16), PROT_NONE, NULL));
    assert_true(daxwin_reservation_clear(&reservation));
    assert_int_equal(bytes_kept(), 0);
}

static void
cleared_reservation_takes_mappings_with_it(void **state)
{
    DaxwinReservation reservation = { 0 };
    int fd = new_marked_file(1, 2);

    (void)state;
    plan_place(pages(16), pages(3));
    assert_true(daxwin_reservation_init(&reservation, pages(16), PROT_NONE, NULL));
    assert_int_equal(daxwin_host_map_over(daxwin_reservation_at(&reservation, pages(5)),
                                          (size_t)pages(2), PROT_READ, fd, 0),
                     0);
    assert_true(daxwin_reservation_clear(&reservation));
    assert_int_equal(bytes_kept(), 0);
    close(fd);
}

static void
reservation_that_cannot_be_cleared_can_be_cleared_later(void **state)
{
    DaxwinReservation reservation = { 0 };

    (void)state;
    plan_place(pages(16), 0);
    plan.refused_release = 2;
    assert_true(daxwin_reservation_init(&reservation, pages(16), PROT_NONE, NULL));
    assert_false(daxwin_reservation_clear(&reservation));
    assert_int_equal(bytes_kept(), pages(16));
    assert_true(daxwin_reservation_clear(&reservation));
    assert_int_equal(bytes_kept(), 0);
}

static void
window_of_16_gib_can_be_closed_or_readable(void **state)
{
    DaxwinReservation closed = { 0 };
    DaxwinReservation readable = { 0 };

    (void)state;
    if (has_narrow_addresses()) {
        SKIP_BECAUSE("this program cannot address 16 GiB");
    }
    assert_true(daxwin_reservation_init(&closed, 16 * GIB, PROT_NONE, NULL));
    assert_true(daxwin_reservation_init(&readable, 16 * GIB, PROT_READ, NULL));
    assert_true(is_one_area(closed.base, 16 * GIB, "---p"));
    assert_true(is_one_area(readable.base, 16 * GIB, "r--p"));
    daxwin_reservation_clear(&closed);
    daxwin_reservation_clear(&readable);
}

/* What the kernel has promised to all processes of this host, in bytes. */
static int64_t
committed_bytes(void)
{
    g_autofree char *text = NULL;
    const char *line;

    assert_true(g_file_get_contents("/proc/meminfo", &text, NULL, NULL));
    line = strstr(text, "Committed_AS:");
    assert_non_null(line);
    return g_ascii_strtoll(line + strlen("Committed_AS:"), NULL, 10) * 1024;
}

static void
window_of_1_tib_is_not_committed(void **state)
{
    static const int protections[] = { PROT_NONE, PROT_READ };

    (void)state;
    if (has_narrow_addresses() || TESTING_SANITIZED || testing_is_in_valgrind()) {
        SKIP_BECAUSE("this program cannot address 1 TiB");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(protections); i++) {
        DaxwinReservation reservation = { 0 };
        int64_t before = committed_bytes();

        if (!daxwin_reservation_init(&reservation, TIB, protections[i], NULL)) {
            SKIP_BECAUSE("this host cannot address 1 TiB");
        }
        /* Other processes come and go, but hardly with a quarter of it. */
        assert_true(committed_bytes() - before < (int64_t)(TIB / 4));
        daxwin_reservation_clear(&reservation);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_plan)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(base_is_a_multiple_of_the_size_up_to_1_gib),
        TEST(protection_is_kept_as_asked_for),
        TEST(offset_is_counted_from_the_base),
        TEST(window_of_one_page_needs_no_trimming),
        TEST(place_that_is_aligned_is_trimmed_behind_only),
        TEST(place_just_behind_an_aligned_one_is_trimmed_before_only),
        TEST(place_between_aligned_ones_is_trimmed_at_both_ends),
        TEST(refused_reserve_reports_its_errno),
        TEST(size_that_no_address_space_has_is_refused),
        TEST(refused_trim_before_leaves_nothing),
        TEST(refused_trim_behind_leaves_nothing),
        TEST(refused_trim_behind_of_an_aligned_place_leaves_nothing),
        TEST(cleared_reservation_is_a_hole),
        TEST(cleared_reservation_takes_mappings_with_it),
        TEST(reservation_that_cannot_be_cleared_can_be_cleared_later),
        TEST(window_of_16_gib_can_be_closed_or_readable),
        TEST(window_of_1_tib_is_not_committed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
