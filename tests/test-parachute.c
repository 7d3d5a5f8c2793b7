/* SPDX-License-Identifier: BSD-3-Clause */
/* test-parachute.c: areas held back, let go of and taken again, also where there are no others. */
#include "support/testing.h"

#include "support/areas.h"
#include "support/pages.h"

#include "host.h"
#include "parachute.h"

#include <daxwin/error.h>

#include <errno.h>

enum {
    PARACHUTE_PAGES = 16,
    PARTING_CALLS = 15,
    FREE_WHEN_OPEN = 15,
    MOST_FILLERS = 64
};

/* A process with more than this is not worth filling. */
static const size_t HIGHEST_LIMIT = 1024 * 1024;

static int refuse_reserve_with; /* errno, 0 to let it through */
static int refuse_protect_with; /* the same */
static size_t first_refused; /* which call to protect is the first to be refused, 1 for the next */
static size_t n_refused;     /* how many are */
static size_t n_protects;    /* calls so far */
static void *reserved;       /* the last place that was reserved */

int __real_daxwin_host_reserve(size_t length, int protection, void **address);
int __wrap_daxwin_host_reserve(size_t length, int protection, void **address);
int __real_daxwin_host_protect(void *address, size_t length, int protection);
int __wrap_daxwin_host_protect(void *address, size_t length, int protection);

/* Puts a page on each side with which the kernel can join nothing, so that areas can be counted. */
int
__wrap_daxwin_host_reserve(size_t length, int protection, void **address)
{
    size_t page = (size_t)pages(1);
    void *place = NULL;
    int saved_errno = refuse_reserve_with != 0
                          ? refuse_reserve_with
                          : __real_daxwin_host_reserve(length + 2 * page, protection, &place);

    if (saved_errno == 0) {
        reserved = (char *)place + page;
        (void)mmap(place, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        (void)mmap((char *)reserved + length, page, PROT_READ,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        *address = reserved;
    }
    return saved_errno;
}

int
__wrap_daxwin_host_protect(void *address, size_t length, int protection)
{
    n_protects++;
    return n_protects >= first_refused && n_protects - first_refused < n_refused
               ? refuse_protect_with
               : __real_daxwin_host_protect(address, length, protection);
}

static int
stop_refusing(void **state)
{
    (void)state;
    refuse_reserve_with = 0;
    refuse_protect_with = 0;
    first_refused = 0;
    n_refused = 0;
    n_protects = 0;
    reserved = NULL;
    return 0;
}

static void
refuse_protects(int refuse_with, size_t first, size_t n)
{
    refuse_protect_with = refuse_with;
    first_refused = n_protects + first;
    n_refused = n;
}

static AreaReport
report(const DaxwinParachute *parachute)
{
    return report_areas(parachute->base, pages(PARACHUTE_PAGES));
}

static void
new_parachute_is_armed_and_holds_one_area_for_each_page(void **state)
{
    DaxwinParachute parachute;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, &error));
    assert_null(error);
    assert_true(parachute.is_armed);
    assert_int_equal(report(&parachute).count, PARACHUTE_PAGES);
    assert_int_equal(report(&parachute).covered, pages(PARACHUTE_PAGES));
    daxwin_parachute_clear(&parachute);
}

static void
open_parachute_is_a_single_area_that_nobody_can_touch(void **state)
{
    DaxwinParachute parachute;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, NULL));
    daxwin_parachute_open(&parachute);
    assert_false(parachute.is_armed);
    assert_true(is_one_area(parachute.base, pages(PARACHUTE_PAGES), "---p"));
    daxwin_parachute_clear(&parachute);
}

static void
open_parachute_can_be_armed_again_and_again(void **state)
{
    DaxwinParachute parachute;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, NULL));
    for (int i = 0; i < 3; i++) {
        daxwin_parachute_open(&parachute);
        assert_int_equal(report(&parachute).count, 1);
        daxwin_parachute_arm(&parachute);
        assert_true(parachute.is_armed);
        assert_int_equal(report(&parachute).count, PARACHUTE_PAGES);
    }
    daxwin_parachute_clear(&parachute);
}

static void
armed_parachute_is_not_armed_twice(void **state)
{
    DaxwinParachute parachute;
    size_t before;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, NULL));
    before = n_protects;
    daxwin_parachute_arm(&parachute);
    assert_int_equal(n_protects, before);
    daxwin_parachute_clear(&parachute);
}

static void
cleared_parachute_is_a_hole_whether_armed_or_open(void **state)
{
    DaxwinParachute armed;
    DaxwinParachute open;

    (void)state;
    assert_true(daxwin_parachute_init(&armed, NULL));
    assert_true(daxwin_parachute_init(&open, NULL));
    daxwin_parachute_open(&open);
    daxwin_parachute_clear(&armed);
    daxwin_parachute_clear(&open);
    assert_int_equal(report(&armed).covered, 0);
    assert_int_equal(report(&open).covered, 0);
}

static void
refused_reserve_is_reported_with_the_errno(void **state)
{
    DaxwinParachute parachute;
    g_autoptr(GError) error = NULL;

    (void)state;
    refuse_reserve_with = EAGAIN;
    assert_false(daxwin_parachute_init(&parachute, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_SYSTEM));
    assert_int_equal(daxwin_error_to_errno(error), EAGAIN);
    assert_true(g_str_has_prefix(error->message, "cannot hold kernel areas back: "));
    assert_int_equal(n_protects, 0);
}

static void
refused_birth_leaves_nothing_whichever_call_it_was(void **state)
{
    (void)state;
    for (size_t call = 1; call <= PARTING_CALLS; call++) {
        DaxwinParachute parachute;
        g_autoptr(GError) error = NULL;

        refuse_protects(ENOMEM, call, 1);
        assert_false(daxwin_parachute_init(&parachute, &error));
        assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
        assert_int_equal(report_areas(reserved, pages(PARACHUTE_PAGES)).covered, 0);
        n_refused = 0;
    }
}

static void
parachute_that_does_not_open_stays_armed(void **state)
{
    DaxwinParachute parachute;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, NULL));
    refuse_protects(ENOMEM, 1, 1);
    daxwin_parachute_open(&parachute);
    assert_true(parachute.is_armed);
    assert_int_equal(report(&parachute).count, PARACHUTE_PAGES);
    daxwin_parachute_open(&parachute);
    assert_false(parachute.is_armed);
    daxwin_parachute_clear(&parachute);
}

static void
refused_arming_leaves_it_open_whichever_call_it_was(void **state)
{
    DaxwinParachute parachute;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, NULL));
    daxwin_parachute_open(&parachute);
    for (size_t call = 1; call <= PARTING_CALLS; call++) {
        refuse_protects(ENOMEM, call, 1);
        daxwin_parachute_arm(&parachute);
        assert_false(parachute.is_armed);
        assert_int_equal(report(&parachute).count, 1);
    }
    daxwin_parachute_arm(&parachute);
    assert_true(parachute.is_armed);
    daxwin_parachute_clear(&parachute);
}

static void
half_a_parachute_that_cannot_be_opened_is_completed_later(void **state)
{
    DaxwinParachute parachute;

    (void)state;
    assert_true(daxwin_parachute_init(&parachute, NULL));
    daxwin_parachute_open(&parachute);
    refuse_protects(ENOMEM, 4, 2);
    daxwin_parachute_arm(&parachute);
    assert_false(parachute.is_armed);
    daxwin_parachute_arm(&parachute);
    assert_true(parachute.is_armed);
    assert_int_equal(report(&parachute).count, PARACHUTE_PAGES);
    daxwin_parachute_clear(&parachute);
}

/* What takes all areas that the kernel would still give. */
typedef struct {
    char *stripes; /* pages of alternating protections */
    size_t length;
    void *singles[MOST_FILLERS]; /* the last few: mappings of a page each */
    size_t n_singles;
} Filler;

/* A page that can be joined with no neighbour. Allocates nothing, as nothing could be. */
static void *
map_single_page(void)
{
    return mmap(NULL, (size_t)pages(1), PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Takes up to @n areas one by one; returns how many there were. */
static size_t
take_areas(Filler *filler, size_t n)
{
    size_t taken = 0;

    while (taken < n && filler->n_singles < MOST_FILLERS) {
        void *page = map_single_page();

        if (page == MAP_FAILED) {
            break;
        }
        filler->singles[filler->n_singles++] = page;
        taken++;
    }
    return taken;
}

static void
give_areas_back(Filler *filler, size_t n)
{
    for (size_t i = 0; i < n && filler->n_singles > 0; i++) {
        (void)munmap(filler->singles[--filler->n_singles], (size_t)pages(1));
    }
}

static void
fill(Filler *filler, size_t limit)
{
    *filler = (Filler){ .length = (size_t)pages(limit + 2) };
    filler->stripes = mmap(NULL, filler->length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(filler->stripes, MAP_FAILED);
    for (size_t page = 1; page < limit; page += 2) {
        if (mprotect(filler->stripes + pages(page), (size_t)pages(1), PROT_READ) != 0) {
            break;
        }
    }
    (void)take_areas(filler, MOST_FILLERS);
}

static void
empty(Filler *filler)
{
    give_areas_back(filler, MOST_FILLERS);
    (void)munmap(filler->stripes, filler->length);
}

/* Why the process cannot be filled with areas, or NULL. */
static const char *
fault_of_filling(size_t *limit)
{
    if (testing_is_in_valgrind() || TESTING_SANITIZED) {
        return "what watches this program needs areas of its own";
    }
    if (daxwin_host_read_max_map_count(limit) != 0 || *limit > HIGHEST_LIMIT) {
        return "the limit of areas is unknown, or too high to be reached";
    }
    return NULL;
}

static void
opening_at_the_limit_makes_room_for_what_was_refused(void **state)
{
    DaxwinParachute parachute;
    Filler filler;
    size_t limit = 0;
    size_t n_before;
    size_t n_after;

    (void)state;
    if (fault_of_filling(&limit) != NULL) {
        SKIP_BECAUSE(fault_of_filling(&limit));
    }
    assert_true(daxwin_parachute_init(&parachute, NULL));
    fill(&filler, limit);
    n_before = take_areas(&filler, 1);
    daxwin_parachute_open(&parachute);
    n_after = take_areas(&filler, MOST_FILLERS);
    empty(&filler);
    assert_int_equal(n_before, 0);
    assert_int_equal(n_after, FREE_WHEN_OPEN);
    assert_false(parachute.is_armed);
    daxwin_parachute_clear(&parachute);
}

static void
arming_at_the_limit_fails_cleanly_and_succeeds_later(void **state)
{
    static const size_t n_free[] = { 0, 1, 6, 7, FREE_WHEN_OPEN - 1 };
    size_t limit = 0;

    (void)state;
    if (fault_of_filling(&limit) != NULL) {
        SKIP_BECAUSE(fault_of_filling(&limit));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(n_free); i++) {
        DaxwinParachute parachute;
        Filler filler;
        size_t still_free;

        assert_true(daxwin_parachute_init(&parachute, NULL));
        fill(&filler, limit);
        daxwin_parachute_open(&parachute);
        (void)take_areas(&filler, MOST_FILLERS);
        give_areas_back(&filler, n_free[i]);
        daxwin_parachute_arm(&parachute);
        still_free = take_areas(&filler, MOST_FILLERS);
        empty(&filler);
        assert_false(parachute.is_armed);
        assert_int_equal(still_free, n_free[i]);
        assert_int_equal(report(&parachute).count, 1);
        daxwin_parachute_arm(&parachute);
        assert_true(parachute.is_armed);
        assert_int_equal(report(&parachute).count, PARACHUTE_PAGES);
        daxwin_parachute_clear(&parachute);
    }
}

static void
birth_at_the_limit_fails_and_leaves_nothing(void **state)
{
    DaxwinParachute parachute;
    Filler filler;
    size_t limit = 0;
    bool is_done;
    g_autoptr(GError) error = NULL;

    (void)state;
    if (fault_of_filling(&limit) != NULL) {
        SKIP_BECAUSE(fault_of_filling(&limit));
    }
    fill(&filler, limit);
    give_areas_back(&filler, 6); /* enough for a place with its neighbours, not for the pages */
    is_done = daxwin_parachute_init(&parachute, &error);
    empty(&filler);
    assert_false(is_done);
    assert_int_equal(daxwin_error_to_errno(error), ENOMEM);
    assert_non_null(reserved);
    assert_int_equal(report_areas(reserved, pages(PARACHUTE_PAGES)).covered, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, stop_refusing)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_parachute_is_armed_and_holds_one_area_for_each_page),
        TEST(open_parachute_is_a_single_area_that_nobody_can_touch),
        TEST(open_parachute_can_be_armed_again_and_again),
        TEST(armed_parachute_is_not_armed_twice),
        TEST(cleared_parachute_is_a_hole_whether_armed_or_open),
        TEST(refused_reserve_is_reported_with_the_errno),
        TEST(refused_birth_leaves_nothing_whichever_call_it_was),
        TEST(parachute_that_does_not_open_stays_armed),
        TEST(refused_arming_leaves_it_open_whichever_call_it_was),
        TEST(half_a_parachute_that_cannot_be_opened_is_completed_later),
        TEST(opening_at_the_limit_makes_room_for_what_was_refused),
        TEST(arming_at_the_limit_fails_cleanly_and_succeeds_later),
        TEST(birth_at_the_limit_fails_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
