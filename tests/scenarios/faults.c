/* SPDX-License-Identifier: BSD-3-Clause */
/* faults.c: every call of the host refused at every turn of every request; all stays true. */
#include "support/areas.h"
#include "support/host-stand-ins.h"
#include "support/pages.h"
#include "support/snapshot.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/window.h>

#include <errno.h>

enum {
    WINDOW_PAGES = 32,
    FILE_PAGES = 32,
    LAST_TURN = 5
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

static const int all_errnos[] = { ENOMEM, EACCES, EPERM,     ENODEV, EINVAL, EAGAIN,
                                  ENFILE, EMFILE, EOVERFLOW, EBADF,  EIO,    ENOSPC };

typedef struct {
    DaxwinWindow *window;
    int live;   /* number 1: mapped at the start */
    int second; /* number 2 */
} Fixture;

/* Something a caller may ask for. */
typedef struct {
    const char *name;
    bool (*run)(Fixture *f, GError **error);
    bool is_map; /* all or nothing */
} Request;

static bool
map_over_idle(Fixture *f, GError **error)
{
    DaxwinMapping mapping = piece(20, 0, 4, RW);

    return daxwin_window_map(f->window, f->second, &mapping, error);
}

static bool
map_over_live(Fixture *f, GError **error)
{
    DaxwinMapping mapping = piece(2, 0, 4, RW);

    return daxwin_window_map(f->window, f->second, &mapping, error);
}

static bool
upgrade(Fixture *f, GError **error)
{
    DaxwinMapping mapping = piece(0, 0, 8, RW);

    return daxwin_window_map(f->window, f->live, &mapping, error);
}

static bool
batch_over_idle(Fixture *f, GError **error)
{
    DaxwinMapping mappings[] = { piece(16, 0, 2, R), piece(20, 4, 2, R), piece(22, 6, 1, R),
                                 piece(26, 8, 2, RW) };

    return daxwin_window_map_batch(f->window, f->second, mappings, G_N_ELEMENTS(mappings), error);
}

static bool
batch_over_live(Fixture *f, GError **error)
{
    DaxwinMapping mappings[] = { piece(1, 0, 2, R), piece(6, 4, 4, R), piece(10, 8, 1, R),
                                 piece(12, 8, 8, RW), piece(2, 20, 2, RW) };

    return daxwin_window_map_batch(f->window, f->second, mappings, G_N_ELEMENTS(mappings), error);
}

static bool
unmap(Fixture *f, GError **error)
{
    return daxwin_window_unmap(f->window, pages(2), pages(8), error);
}

static bool
unmap_batch(Fixture *f, GError **error)
{
    DaxwinRange ranges[] = { { pages(1), pages(1) },
                             { pages(2), pages(1) },
                             { pages(6), pages(4) },
                             { pages(12), pages(1) },
                             { pages(20), pages(1) } };

    return daxwin_window_unmap_batch(f->window, ranges, G_N_ELEMENTS(ranges), error);
}

static bool
clear(Fixture *f, GError **error)
{
    return daxwin_window_clear(f->window, error);
}

static bool
sync_all(Fixture *f, GError **error)
{
    return daxwin_window_sync(f->window, 0, pages(WINDOW_PAGES), error);
}

static bool
audit(Fixture *f, GError **error)
{
    return daxwin_window_audit(f->window, error);
}

static bool
new_window(Fixture *f, GError **error)
{
    g_autoptr(DaxwinWindow) window =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, error);

    (void)f;
    return window != NULL;
}

static const Request requests[] = {
    { "map over idle", map_over_idle, true },
    { "map over live", map_over_live, true },
    { "upgrade", upgrade, true },
    { "batch over idle", batch_over_idle, true },
    { "batch over live", batch_over_live, true },
    { "unmap", unmap, false },
    { "unmap batch", unmap_batch, false },
    { "clear", clear, false },
    { "sync", sync_all, false },
    { "audit", audit, false },
    { "new", new_window, false },
};

static int
open_files(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    *state = f;
    host_faults_reset();
    f->live = new_marked_file(1, FILE_PAGES);
    f->second = new_marked_file(2, FILE_PAGES);
    return f->live >= 0 && f->second >= 0 ? 0 : -1;
}

static int
close_files(void **state)
{
    Fixture *f = *state;

    (void)close(f->live);
    (void)close(f->second);
    g_free(f);
    return 0;
}

/* A window with some mappings, three of them neighbours. */
static void
open_window(Fixture *f)
{
    DaxwinMapping mappings[] = { piece(0, 0, 8, R), piece(8, 8, 2, RW), piece(10, 20, 4, RW) };

    host_faults_reset();
    f->window =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(mappings); i++) {
        (void)daxwin_window_map(f->window, f->live, &mappings[i], NULL);
    }
    host_faults_reset();
}

static bool
has_gap(Fixture *f)
{
    return has_hole(daxwin_window_get_base(f->window), pages(WINDOW_PAGES));
}

/* Runs @request under the faults that were set, and tells its result without them. */
static bool
run(Fixture *f, const Request *request, GError **error)
{
    bool is_done = request->run(f, error);

    host_faults_reset();
    return is_done;
}

static bool
complain(const Request *request, HostFunction function, int saved_errno, size_t turn)
{
    print_message("# %s, host function %d, errno %d, turn %zu\n", request->name, (int)function,
                  saved_errno, turn);
    return false;
}

/* Whether a request of which one call is refused leaves a window that is sound, a refused map one
 * that is as before, and whether a refused call never goes unnoticed where it must not. */
static bool
is_sound_after(Fixture *f, const Request *request, HostFunction function, int saved_errno,
               size_t turn)
{
    g_autoptr(Snapshot) before = NULL;
    g_autoptr(GError) error = NULL;
    bool is_done;
    bool is_sound;

    open_window(f);
    before = snapshot_new(f->window);
    host_faults_reset();
    host_faults_refuse(function, saved_errno, turn, 1);
    is_done = run(f, request, &error);
    is_sound = is_done == (error == NULL) && !has_gap(f) && daxwin_window_audit(f->window, NULL) &&
               (is_done || !request->is_map || is_as_before(f->window, before));
    daxwin_window_unref(f->window);
    return is_sound || complain(request, function, saved_errno, turn);
}

static void
one_refusal_leaves_the_window_sound(void **state)
{
    bool is_sound = true;

    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        for (HostFunction function = 0; function < HOST_FUNCTIONS; function++) {
            for (size_t j = 0; j < G_N_ELEMENTS(all_errnos); j++) {
                for (size_t turn = 1; turn <= LAST_TURN; turn++) {
                    is_sound =
                        is_sound_after(*state, &requests[i], function, all_errnos[j], turn) &&
                        is_sound;
                }
            }
        }
    }
    assert_true(is_sound);
}

/* The errno that @request fails with if the first call of @function is refused with @saved_errno;
 * 0 if it does not fail. */
static int
errno_after(Fixture *f, const Request *request, HostFunction function, int saved_errno)
{
    g_autoptr(GError) error = NULL;
    bool is_done;

    open_window(f);
    host_faults_refuse(function, saved_errno, 1, 1);
    is_done = run(f, request, &error);
    daxwin_window_unref(f->window);
    return is_done ? 0 : daxwin_error_to_errno(error);
}

static void
refusal_comes_through_with_its_errno(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(all_errnos); i++) {
        int saved_errno = all_errnos[i];

        assert_int_equal(errno_after(*state, &requests[0], HOST_MAP_OVER, saved_errno),
                         saved_errno);
        assert_int_equal(errno_after(*state, &requests[0], HOST_IDENTIFY, saved_errno),
                         saved_errno);
        assert_int_equal(errno_after(*state, &requests[4], HOST_DUPLICATE, saved_errno),
                         saved_errno);
        assert_int_equal(errno_after(*state, &requests[5], HOST_RESERVE_OVER, saved_errno),
                         saved_errno);
        assert_int_equal(errno_after(*state, &requests[7], HOST_RESERVE_OVER, saved_errno),
                         saved_errno);
        assert_int_equal(errno_after(*state, &requests[8], HOST_SYNC, saved_errno), saved_errno);
        assert_int_equal(errno_after(*state, &requests[9], HOST_LIST_AREAS, saved_errno),
                         saved_errno);
        assert_int_equal(errno_after(*state, &requests[10], HOST_RESERVE, saved_errno),
                         saved_errno);
    }
}

/* Whether a map refused at @turn, whose undo is refused from the call @undo_turn of @function on,
 * fails and leaves a list that is true, and no hole. */
static bool
is_true_after_failed_undo(Fixture *f, const Request *request, HostFunction function, size_t turn,
                          size_t undo_turn)
{
    g_autoptr(GError) error = NULL;
    bool is_true;

    open_window(f);
    host_faults_refuse(HOST_MAP_OVER, EAGAIN, turn, 1);
    host_faults_refuse(function, ENOMEM, undo_turn, SIZE_MAX);
    is_true = !run(f, request, &error) && daxwin_error_to_errno(error) == EAGAIN && !has_gap(f) &&
              daxwin_window_audit(f->window, NULL);
    daxwin_window_unref(f->window);
    return is_true || complain(request, function, ENOMEM, turn);
}

static void
refused_undo_leaves_the_list_true(void **state)
{
    enum {
        RUNS = 3
    }; /* of each batch */

    for (size_t turn = 1; turn <= RUNS; turn++) {
        for (size_t undo_turn = 1; undo_turn <= LAST_TURN; undo_turn++) {
            assert_true(is_true_after_failed_undo(*state, &requests[3], HOST_RESERVE_OVER, turn,
                                                  undo_turn));
            assert_true(is_true_after_failed_undo(*state, &requests[4], HOST_RESERVE_OVER, turn,
                                                  undo_turn));
            assert_true(
                is_true_after_failed_undo(*state, &requests[4], HOST_MOVE_OVER, turn, undo_turn));
        }
    }
}

/* Whether @request, whose call @turn to map destroys what was there and then fails, leaves no hole
 * and a list that is true. A batch, moreover, has to put back what was there. */
static bool
is_mended_after(Fixture *f, const Request *request, int saved_errno, size_t turn)
{
    g_autoptr(Snapshot) before = NULL;
    bool is_batch = request->run == batch_over_idle || request->run == batch_over_live;
    bool is_done;
    bool is_mended;

    open_window(f);
    before = snapshot_new(f->window);
    host_faults_reset();
    host_faults_refuse(HOST_MAP_OVER, saved_errno, turn, 1);
    host_faults[HOST_MAP_OVER].damage = host_damage_hole;
    is_done = run(f, request, NULL);
    is_mended = !has_gap(f) && daxwin_window_audit(f->window, NULL) &&
                (is_done || !is_batch || is_as_before(f->window, before));
    daxwin_window_unref(f->window);
    return is_mended || complain(request, HOST_MAP_OVER, saved_errno, turn);
}

static void
late_refusal_leaves_no_hole(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        for (size_t turn = 1; requests[i].is_map && turn <= LAST_TURN; turn++) {
            assert_true(is_mended_after(*state, &requests[i], ENOMEM, turn));
            assert_true(is_mended_after(*state, &requests[i], ENODEV, turn));
            assert_true(is_mended_after(*state, &requests[i], EPERM, turn));
        }
    }
}

/* Another thread finds the hole first: what it mapped there. */
static char *foreign;
static const char foreign_text[] = "another thread's";

static void
damage_foreign(void *address, size_t length)
{
    (void)munmap(address, length);
    foreign = mmap(address, pages(1), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    strcpy(foreign, foreign_text);
}

static bool
is_foreign_respected(Fixture *f, const Request *request, size_t turn)
{
    DaxwinMapping elsewhere = piece(28, 0, 1, R);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) later_error = NULL;
    bool is_respected;

    open_window(f);
    foreign = NULL;
    host_faults_refuse(HOST_MAP_OVER, ENODEV, turn, 1);
    host_faults[HOST_MAP_OVER].damage = damage_foreign;
    is_respected = run(f, request, &error) ||
                   (g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN) &&
                    strcmp(foreign, foreign_text) == 0 && !has_gap(f) &&
                    !daxwin_window_map(f->window, f->second, &elsewhere, &later_error) &&
                    g_error_matches(later_error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    daxwin_window_unref(f->window);
    return is_respected || complain(request, HOST_MAP_OVER, ENODEV, turn);
}

static void
foreign_memory_in_a_hole_is_left_alone(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        for (size_t turn = 1; requests[i].is_map && turn <= LAST_TURN; turn++) {
            assert_true(is_foreign_respected(*state, &requests[i], turn));
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_files, close_files)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_refusal_leaves_the_window_sound),    TEST(refusal_comes_through_with_its_errno),
        TEST(refused_undo_leaves_the_list_true),      TEST(late_refusal_leaves_no_hole),
        TEST(foreign_memory_in_a_hole_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
