/* SPDX-License-Identifier: BSD-3-Clause */
/* limits.c: processes that have used up all their kernel areas, vm.max_map_count of them. */
#include "support/areas.h"
#include "support/host-stand-ins.h"
#include "support/pages.h"
#include "support/testing.h"
#include "window-private.h"

#include <daxwin/error.h>

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>

enum {
    WINDOW_PAGES = 1 << 17,
    FILE_PAGES = 4096,
    BIGGEST_LIMIT = 400000, /* more areas take too long to fill */
    THIEVES = 2
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

/* A test runs in a child, which may use up what it likes. All of these end with it. */
static DaxwinWindow *window;
static int file; /* number 1 */
static pthread_t thieves[THIEVES];
static int is_stealing; /* atomic */
static size_t max_areas;
static char *filling;
static size_t filling_length;

static char *
at(uint64_t page)
{
    return (char *)daxwin_window_get_base(window) + pages(page);
}

/* Maps page for page, from a file that begins anew every FILE_PAGES. */
static bool
map_pages(uint64_t first, uint64_t n)
{
    DaxwinMapping mapping = piece(first, first % FILE_PAGES, n, RW);

    return daxwin_window_map(window, file, &mapping, NULL);
}

static bool
unmap_pages(uint64_t first, uint64_t n)
{
    return daxwin_window_unmap(window, pages(first), pages(n), NULL);
}

static bool
shows_page(uint64_t page)
{
    return mark_at(at(page)) == mark_of(1, page % FILE_PAGES);
}

static bool
is_unreachable(uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (mark_at(at(page)) != 0) {
            return false;
        }
    }
    return true;
}

static bool
agrees(void)
{
    return daxwin_window_audit(window, NULL);
}

static DaxwinUsage
usage(void)
{
    DaxwinUsage now;

    daxwin_window_get_usage(window, &now);
    return now;
}

static bool
has_other_areas(void)
{
    return mmap(NULL, pages(1), PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

/* Takes all areas that the process may have. */
static void
fill(void)
{
    filling_length = 2 * max_areas * pages(1);
    filling =
        mmap(NULL, filling_length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (uint64_t page = 0; mprotect(filling + pages(page), pages(1), PROT_READ) == 0; page += 2) {
    }
    while (has_other_areas()) {
    }
}

/* Gives most of them back. */
static bool
drain(void)
{
    __atomic_store_n(&is_stealing, 0, __ATOMIC_RELAXED);
    return munmap(filling, filling_length) == 0;
}

/* Takes each area that becomes free. */
static void *
steal(void *data)
{
    (void)data;
    for (;;) {
        if (__atomic_load_n(&is_stealing, __ATOMIC_RELAXED) != 0) {
            (void)has_other_areas();
        } else {
            g_usleep(1000);
        }
    }
    return NULL;
}

static bool
start_thieves(void)
{
    for (size_t i = 0; i < THIEVES; i++) {
        if (pthread_create(&thieves[i], NULL, steal, NULL) != 0) {
            return false;
        }
    }
    return true;
}

static void
fill_and_steal(void)
{
    fill();
    __atomic_store_n(&is_stealing, 1, __ATOMIC_RELAXED);
}

/* After a refusal, the library counts the areas of the process again only now and then. */
static bool
is_mapped_in_the_end(void)
{
    enum {
        ATTEMPTS = 64
    };

    for (int i = 0; i < ATTEMPTS; i++) {
        if (map_pages(0, 1)) {
            return true;
        }
    }
    return false;
}

/* A heap cannot grow without areas, and the lists of a window are in it. */
static void
grow_heap(void)
{
    enum {
        ENOUGH = 16 << 20
    };

    void *volatile block;

    (void)mallopt(M_MMAP_THRESHOLD, 2 * ENOUGH);
    (void)mallopt(M_TRIM_THRESHOLD, 2 * ENOUGH);
    block = malloc(ENOUGH);
    free(block);
}

/* Runs @test in a child of its own. */
static bool
is_right_in_child(bool (*test)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        host_faults_reset();
        grow_heap();
        window =
            daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
        file = new_direct_file(1, FILE_PAGES);
        _exit(window != NULL && file >= 0 && start_thieves() && test() ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_message("# line %d: %s\n", __LINE__, #condition);                                \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

/* Fills the window with single pages until a map is refused. */
static GError *
map_until_refused(uint64_t *n)
{
    for (*n = 0; *n < WINDOW_PAGES / 2; (*n)++) {
        DaxwinMapping mapping = piece(2 * *n, *n % FILE_PAGES, 1, R);
        GError *error = NULL;

        if (!daxwin_window_map(window, file, &mapping, &error)) {
            return error;
        }
    }
    return NULL;
}

static bool
window_itself_reaches_the_budget(void)
{
    uint64_t n;
    g_autoptr(GError) error = map_until_refused(&n);
    g_autofree char *own = g_strdup_printf("takes %zu kernel areas", usage().areas);
    g_autofree char *limit = g_strdup_printf("of the %zu that", max_areas - max_areas / 64);

    CHECK(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    CHECK(daxwin_error_to_errno(error) == ENOSPC);
    CHECK(strstr(error->message, own) != NULL && strstr(error->message, limit) != NULL);
    CHECK(n > max_areas / 3 && usage().areas <= usage().area_budget);
    CHECK(unmap_pages(0, 1) && unmap_pages(2, 9) && is_unreachable(0, 11));
    CHECK(map_pages(0, 1)); /* what was given back can be taken again */
    CHECK(agrees());
    CHECK(daxwin_window_clear(window, NULL));
    CHECK(is_one_area(at(0), pages(WINDOW_PAGES), "---p"));
    CHECK(window->space.parachute.is_armed);
    return true;
}

static bool
others_reach_the_limit(void)
{
    DaxwinMapping mapping = piece(100, 0, 1, R);
    g_autoptr(GError) error = NULL;

    CHECK(map_pages(0, 4) && map_pages(10, 8));
    fill();
    CHECK(!daxwin_window_map(window, file, &mapping, &error));
    CHECK(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    CHECK(unmap_pages(0, 4) && is_unreachable(0, 4));
    CHECK(unmap_pages(12, 2) && is_unreachable(12, 2));
    CHECK(shows_page(11) && shows_page(14) && agrees());
    CHECK(usage().lost == 0);
    CHECK(daxwin_window_clear(window, NULL) && is_unreachable(0, 32));
    CHECK(agrees());
    CHECK(drain() && is_mapped_in_the_end());
    CHECK(window->space.parachute.is_armed);
    CHECK(daxwin_window_clear(window, NULL));
    CHECK(is_one_area(at(0), pages(WINDOW_PAGES), "---p"));
    return true;
}

static bool
batch_at_the_limit_changes_nothing(void)
{
    DaxwinMapping two[] = { piece(1, 1, 1, R), piece(12, 12, 2, R) };
    g_autoptr(GError) error = NULL;

    CHECK(map_pages(0, 4) && map_pages(10, 8));
    fill();
    CHECK(!daxwin_window_map_batch(window, file, two, 2, &error));
    CHECK(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    CHECK(shows_page(1) && shows_page(12) && usage().mappings == 2);
    CHECK(agrees());
    return true;
}

static bool
contain_at_the_limit(void)
{
    size_t covered = 0;

    CHECK(map_pages(0, 16) && ftruncate(file, (off_t)pages(4)) == 0);
    fill();
    CHECK(daxwin_window_contain(window, at(8)) && *at(8) == 0);
    CHECK(daxwin_window_contain_truncated(window, &covered, NULL));
    CHECK(covered == 11 && *at(4) == 0 && *at(15) == 0);
    CHECK(shows_page(3) && agrees());
    CHECK(unmap_pages(0, 16) && is_unreachable(0, 16));
    return true;
}

static bool
unref_at_the_limit(void)
{
    char *base = at(0);

    CHECK(map_pages(0, 4) && map_pages(10, 8));
    fill_and_steal();
    daxwin_window_unref(window);
    CHECK(mark_at(base) == 0 && mark_at(base + pages(10)) == 0);
    CHECK(report_areas(base, pages(32)).covered == 0);
    return true;
}

/* Unmaps every other page of a long mapping, while others take each area that becomes free. */
static bool
unmap_parts_under_thieves(void)
{
    enum {
        LENGTH = 4000
    };

    CHECK(map_pages(0, LENGTH));
    fill_and_steal();
    for (uint64_t page = 1; page < LENGTH; page += 2) {
        CHECK(unmap_pages(page, 1) && is_unreachable(page, 1));
    }
    CHECK(agrees());
    for (uint64_t page = 0; page < LENGTH && usage().lost == 0; page += 2) {
        CHECK(shows_page(page));
    }
    CHECK(is_unreachable(1, 1) && is_unreachable(LENGTH - 1, 1));
    CHECK(drain() && unmap_pages(0, 1));
    CHECK(usage().lost > 0 || usage().mappings >= LENGTH / 2 - 1);
    CHECK(window->space.retreating.count == 0 && window->space.parachute.is_armed);
    CHECK(agrees());
    return true;
}

static bool
clear_under_thieves(void)
{
    CHECK(map_pages(0, 64) && map_pages(100, 64));
    fill_and_steal();
    CHECK(unmap_pages(5, 3));
    CHECK(daxwin_window_clear(window, NULL));
    CHECK(is_unreachable(0, 200) && usage().mappings == 0);
    CHECK(agrees());
    CHECK(drain() && unmap_pages(0, 1));
    CHECK(is_one_area(at(0), pages(WINDOW_PAGES), "---p"));
    return true;
}

enum {
    GROUPS = 16,
    GROUP_PAGES = 4, /* mapped one by one, which the kernel joins */
    GROUP_STRIDE = 8
};

static uint64_t
count_listed_but_second(uint64_t group)
{
    uint64_t count = 0;

    for (uint64_t i = 0; i < GROUP_PAGES; i++) {
        DaxwinMapping found;

        count += i != 1 && daxwin_window_lookup(window, pages(group * GROUP_STRIDE + i), &found);
    }
    return count;
}

/* Without guard markers, what the kernel has joined with an unmapped page goes with it. */
static bool
unmap_without_guards_under_thieves(void)
{
    uint64_t expected_loss = 0;

    for (uint64_t page = 0; page < GROUPS * GROUP_STRIDE; page++) {
        CHECK(page % GROUP_STRIDE >= GROUP_PAGES || map_pages(page, 1));
    }
    host_faults_refuse(HOST_GUARD, EINVAL, 1, SIZE_MAX);
    fill_and_steal();
    for (uint64_t group = 0; group < GROUPS; group++) {
        uint64_t second = group * GROUP_STRIDE + 1;

        CHECK(unmap_pages(second, 1) && is_unreachable(second, 1));
        expected_loss += GROUP_PAGES - 1 - count_listed_but_second(group);
    }
    print_message("# without guard markers, %" PRIu64 " neighbours were lost in %d unmaps\n",
                  usage().lost, GROUPS);
    CHECK(usage().lost == expected_loss);
    CHECK(agrees());
    CHECK(drain() && daxwin_window_clear(window, NULL));
    CHECK(is_one_area(at(0), pages(WINDOW_PAGES), "---p"));
    return true;
}

static bool
limit_of_the_window_is_its_own(void)
{
    DaxwinMapping mapping = piece(4, 0, 1, R);
    g_autoptr(GError) error = NULL;

    daxwin_window_set_limit(window, 2);
    CHECK(map_pages(0, 1) && map_pages(2, 1));
    CHECK(!daxwin_window_map(window, file, &mapping, &error));
    CHECK(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT));
    CHECK(strstr(error->message, "limit of 2") != NULL);
    CHECK(strstr(error->message, "of which 2 are in use") != NULL);
    daxwin_window_set_limit(window, 3);
    CHECK(daxwin_window_map(window, file, &mapping, NULL));
    return true;
}

/* Why the limit cannot be reached here, or NULL. */
static const char *
obstacle(void)
{
    if (TESTING_SANITIZED || testing_is_in_valgrind()) {
        return "sanitizers and valgrind need kernel areas themselves";
    }
    if (daxwin_host_read_max_map_count(&max_areas) != 0) {
        return "vm.max_map_count cannot be read";
    }
    return max_areas > BIGGEST_LIMIT ? "vm.max_map_count is too big to be reached" : NULL;
}

#define CHILD_TEST(name)                                                                           \
    static void in_child_##name(void **state)                                                      \
    {                                                                                              \
        (void)state;                                                                               \
        if (obstacle() != NULL) {                                                                  \
            SKIP_BECAUSE(obstacle());                                                              \
        }                                                                                          \
        assert_true(is_right_in_child(name));                                                      \
    }

CHILD_TEST(window_itself_reaches_the_budget)
CHILD_TEST(others_reach_the_limit)
CHILD_TEST(batch_at_the_limit_changes_nothing)
CHILD_TEST(contain_at_the_limit)
CHILD_TEST(unref_at_the_limit)
CHILD_TEST(unmap_parts_under_thieves)
CHILD_TEST(clear_under_thieves)
CHILD_TEST(unmap_without_guards_under_thieves)
CHILD_TEST(limit_of_the_window_is_its_own)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "window_itself_reaches_the_budget", in_child_window_itself_reaches_the_budget, NULL, NULL,
          NULL },
        { "others_reach_the_limit", in_child_others_reach_the_limit, NULL, NULL, NULL },
        { "batch_at_the_limit_changes_nothing", in_child_batch_at_the_limit_changes_nothing, NULL,
          NULL, NULL },
        { "contain_at_the_limit", in_child_contain_at_the_limit, NULL, NULL, NULL },
        { "unref_at_the_limit", in_child_unref_at_the_limit, NULL, NULL, NULL },
        { "unmap_parts_under_thieves", in_child_unmap_parts_under_thieves, NULL, NULL, NULL },
        { "clear_under_thieves", in_child_clear_under_thieves, NULL, NULL, NULL },
        { "unmap_without_guards_under_thieves", in_child_unmap_without_guards_under_thieves, NULL,
          NULL, NULL },
        { "limit_of_the_window_is_its_own", in_child_limit_of_the_window_is_its_own, NULL, NULL,
          NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
