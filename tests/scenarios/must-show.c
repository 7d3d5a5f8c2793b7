/* SPDX-License-Identifier: BSD-3-Clause */
/* must-show.c: what /proc shows of big windows: no commit charge, one area, the right protection.
 */
#include "support/areas.h"
#include "support/pages.h"
#include "support/testing.h"

#include <daxwin/window.h>

#include <stdlib.h>

static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t GIB = UINT64_C(1) << 30;
static const uint64_t TIB = UINT64_C(1) << 40;

enum {
    FILE_PAGES = 64,
    RANDOM_REQUESTS = 10000
};

/* Whether only small windows can be made: sanitizers and valgrind keep tables of all memory. */
static bool
is_cramped(void)
{
    return TESTING_SANITIZED || testing_is_in_valgrind() || getenv("DAXWIN_TEST_SMALL") != NULL;
}

static uint64_t
big(void)
{
    return is_cramped() ? 64 * MIB : 16 * GIB;
}

/* Committed_AS in bytes; 0 if this kernel does not tell. */
static uint64_t
committed(void)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL)) {
        return 0;
    }
    line = strstr(text, "Committed_AS:");
    return line != NULL ? g_ascii_strtoull(line + strlen("Committed_AS:"), NULL, 10) * 1024 : 0;
}

/* Whether a window of @size can be made for @guest without raising the charge by 64 MiB. Others
 * raise it and lower it meanwhile, so one try in a few is enough: a window's own charge would be
 * there each time. */
static bool
is_free_of_charge(uint64_t size, DaxwinArch guest)
{
    for (int i = 0; i < 5; i++) {
        uint64_t before = committed();
        g_autoptr(DaxwinWindow) window =
            daxwin_window_new(size, guest, DAXWIN_WINDOW_DEFAULT, NULL);

        if (window != NULL && committed() < before + 64 * MIB) {
            return true;
        }
    }
    return false;
}

static void
window_of_1_tib_is_not_charged(void **state)
{
    (void)state;
    if (is_cramped()) {
        SKIP_BECAUSE("1 TiB is too big beside the tables of a sanitizer or valgrind");
    }
    if (committed() == 0) {
        SKIP_BECAUSE("/proc/meminfo has no Committed_AS");
    }
    assert_true(is_free_of_charge(TIB, DAXWIN_ARCH_X86_64));
    assert_true(is_free_of_charge(TIB, DAXWIN_ARCH_PPC64));
}

static bool
is_idle(DaxwinWindow *window, const char *permissions)
{
    return is_one_area(daxwin_window_get_base(window), daxwin_window_get_size(window), permissions);
}

static bool
is_idle_before_and_after(DaxwinArch guest, const char *permissions)
{
    g_autoptr(DaxwinWindow) window = daxwin_window_new(big(), guest, DAXWIN_WINDOW_DEFAULT, NULL);
    DaxwinMapping mapping = piece(1, 0, 2, DAXWIN_ACCESS_READ);
    int fd = new_marked_file(1, 2);
    bool is_right = is_idle(window, permissions) && daxwin_window_map(window, fd, &mapping, NULL) &&
                    !is_idle(window, permissions) &&
                    daxwin_window_unmap(window, pages(1), pages(2), NULL) &&
                    is_idle(window, permissions);

    (void)close(fd);
    return is_right;
}

static void
idle_memory_of_an_x86_64_guest_cannot_be_touched(void **state)
{
    (void)state;
    assert_true(is_idle_before_and_after(DAXWIN_ARCH_X86_64, "---p"));
}

static void
idle_memory_of_a_ppc64_guest_can_be_read(void **state)
{
    (void)state;
    assert_true(is_idle_before_and_after(DAXWIN_ARCH_PPC64, "r--p"));
}

static bool
request_at_random(DaxwinWindow *window, int fd, GRand *random)
{
    uint64_t page = (uint64_t)g_rand_int_range(random, 0, (gint32)(big() / pages(1) - FILE_PAGES));
    uint64_t length = (uint64_t)g_rand_int_range(random, 1, FILE_PAGES);
    DaxwinMapping mapping = piece(page, 0, length, DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE);

    return g_rand_boolean(random) ? daxwin_window_map(window, fd, &mapping, NULL)
                                  : daxwin_window_unmap(window, pages(page), pages(length), NULL);
}

static bool
is_idle_after_many(DaxwinArch guest, const char *permissions)
{
    g_autoptr(DaxwinWindow) window = daxwin_window_new(big(), guest, DAXWIN_WINDOW_DEFAULT, NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    int fd = new_marked_file(1, FILE_PAGES);
    bool is_right = true;

    for (int i = 0; i < RANDOM_REQUESTS; i++) {
        is_right = request_at_random(window, fd, random) && is_right;
    }
    is_right = is_right && daxwin_window_audit(window, NULL) && daxwin_window_clear(window, NULL) &&
               is_idle(window, permissions);
    (void)close(fd);
    return is_right;
}

static void
window_is_one_area_again_after_many_requests(void **state)
{
    (void)state;
    assert_true(is_idle_after_many(DAXWIN_ARCH_X86_64, "---p"));
    assert_true(is_idle_after_many(DAXWIN_ARCH_PPC64, "r--p"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_of_1_tib_is_not_charged),
        cmocka_unit_test(idle_memory_of_an_x86_64_guest_cannot_be_touched),
        cmocka_unit_test(idle_memory_of_a_ppc64_guest_can_be_read),
        cmocka_unit_test(window_is_one_area_again_after_many_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
