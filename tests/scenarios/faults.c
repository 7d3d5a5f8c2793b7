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
    LAST_TURN = 7
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

static const int all_errnos[] = { ENOMEM, EACCES,    EPERM, ENODEV, EINVAL, EAGAIN,    ENFILE,
                                  EMFILE, EOVERFLOW, EBADF, EIO,    ENOSPC, EHWPOISON, EFAULT };

typedef struct {
    DaxwinWindow *window;
    int live;       /* number 1: mapped at the start */
    int second;     /* number 2: to be mapped */
    int truncated;  /* number 3: mapped at the start, then cut off */
    bool is_staged; /* the second one, else it is mapped directly */
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
    DaxwinMapping mappings[] = { piece(1, 0, 2, R),   piece(6, 4, 4, R),   piece(10, 8, 1, R),
                                 piece(12, 8, 8, RW), piece(2, 20, 2, RW), piece(29, 12, 2, R) };

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

/* A page that the file has lost. */
static bool
contain(Fixture *f, GError **error)
{
    const char *base = daxwin_window_get_base(f->window);

    if (!daxwin_window_contain(f->window, base + pages(31))) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT, "not contained");
        return false;
    }
    return true;
}

static bool
sweep(Fixture *f, GError **error)
{
    size_t covered;

    return daxwin_window_contain_truncated(f->window, &covered, error);
}

static bool
read_some(Fixture *f, GError **error)
{
    g_autofree char *buffer = g_malloc(pages(4));

    return daxwin_window_read(f->window, pages(6) + 1, buffer, pages(4), error);
}

static bool
write_some(Fixture *f, GError **error)
{
    g_autofree char *buffer = g_malloc0(pages(1));

    return daxwin_window_write(f->window, pages(10) + 8, buffer, 16, error);
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

enum {
    MAP_OVER_IDLE,
    MAP_OVER_LIVE,
    UPGRADE,
    BATCH_OVER_IDLE,
    BATCH_OVER_LIVE,
    UNMAP,
    UNMAP_BATCH,
    CLEAR,
    CONTAIN,
    SWEEP,
    READ,
    WRITE,
    SYNC,
    AUDIT,
    NEW
};

static const Request requests[] = {
    [MAP_OVER_IDLE] = { "map over idle", map_over_idle, true },
    [MAP_OVER_LIVE] = { "map over live", map_over_live, true },
    [UPGRADE] = { "upgrade", upgrade, true },
    [BATCH_OVER_IDLE] = { "batch over idle", batch_over_idle, true },
    [BATCH_OVER_LIVE] = { "batch over live", batch_over_live, true },
    [UNMAP] = { "unmap", unmap, false },
    [UNMAP_BATCH] = { "unmap batch", unmap_batch, false },
    [CLEAR] = { "clear", clear, false },
    [CONTAIN] = { "contain", contain, false },
    [SWEEP] = { "sweep", sweep, false },
    [READ] = { "read", read_some, false },
    [WRITE] = { "write", write_some, false },
    [SYNC] = { "sync", sync_all, false },
    [AUDIT] = { "audit", audit, false },
    [NEW] = { "new", new_window, false },
};

static int
open_files(void **state, bool is_staged)
{
    Fixture *f = g_new0(Fixture, 1);

    *state = f;
    host_faults_reset();
    f->is_staged = is_staged;
    f->live = is_staged ? new_marked_file(1, FILE_PAGES) : new_direct_file(1, FILE_PAGES);
    f->second = is_staged ? new_marked_file(2, FILE_PAGES) : new_direct_file(2, FILE_PAGES);
    f->truncated = new_direct_file(3, FILE_PAGES);
    return f->live >= 0 && f->second >= 0 && f->truncated >= 0 ? 0 : -1;
}

static int
open_direct(void **state)
{
    return open_files(state, false);
}

static int
open_staged(void **state)
{
    return open_files(state, true);
}

static int
close_files(void **state)
{
    Fixture *f = *state;

    (void)close(f->live);
    (void)close(f->second);
    (void)close(f->truncated);
    g_free(f);
    return 0;
}

/* Maps four pages of which the file then loses two; one of these is contained, the other is not. */
static void
map_truncated(Fixture *f)
{
    DaxwinMapping mapping = piece(28, 0, 4, RW);
    const char *base = daxwin_window_get_base(f->window);

    (void)ftruncate(f->truncated, (off_t)pages(4));
    (void)daxwin_window_map(f->window, f->truncated, &mapping, NULL);
    (void)ftruncate(f->truncated, (off_t)pages(2));
    (void)daxwin_window_contain(f->window, base + pages(30));
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
    map_truncated(f);
    host_faults_reset();
}

/* The call that a late refusal comes from. */
static HostFunction
placing_function(const Fixture *f)
{
    return f->is_staged ? HOST_MOVE_OVER : HOST_MAP_OVER;
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

/* How often @request calls each function if none is refused. */
static void
count_calls(Fixture *f, const Request *request, size_t counts[HOST_FUNCTIONS])
{
    open_window(f);
    (void)request->run(f, NULL);
    for (HostFunction function = 0; function < HOST_FUNCTIONS; function++) {
        counts[function] = host_faults_count(function);
    }
    host_faults_reset();
    daxwin_window_unref(f->window);
}

/* The same for each call of @function that @request makes and each errno. */
static bool
is_sound_after_any(Fixture *f, const Request *request, HostFunction function, size_t n_calls)
{
    bool is_sound = true;

    for (size_t turn = 1; turn <= n_calls; turn++) {
        for (size_t i = 0; i < G_N_ELEMENTS(all_errnos); i++) {
            is_sound = is_sound_after(f, request, function, all_errnos[i], turn) && is_sound;
        }
    }
    return is_sound;
}

static void
one_refusal_leaves_the_window_sound(void **state)
{
    size_t counts[HOST_FUNCTIONS];
    bool is_sound = true;

    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        count_calls(*state, &requests[i], counts);
        for (HostFunction function = 0; function < HOST_FUNCTIONS; function++) {
            is_sound =
                is_sound_after_any(*state, &requests[i], function, counts[function]) && is_sound;
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
    static const struct {
        int request;
        HostFunction function;
    } cases[] = {
        { MAP_OVER_IDLE, HOST_IDENTIFY },
        { MAP_OVER_IDLE, HOST_IDENTIFY_FILESYSTEM },
        { BATCH_OVER_LIVE, HOST_DUPLICATE },
        { READ, HOST_COPY_FROM },
        { WRITE, HOST_COPY_TO },
        { SYNC, HOST_SYNC },
        { AUDIT, HOST_LIST_AREAS },
        { NEW, HOST_RESERVE },
        { NEW, HOST_ALLOCATE_LAZILY },
        { NEW, HOST_PROTECT },
    };

    Fixture *f = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(all_errnos); i++) {
        int saved_errno = all_errnos[i];

        /* For a copy, EFAULT has a code of its own, with the same errno. */
        for (size_t j = 0; j < G_N_ELEMENTS(cases); j++) {
            assert_int_equal(
                errno_after(f, &requests[cases[j].request], cases[j].function, saved_errno),
                saved_errno);
        }
        assert_int_equal(errno_after(f, &requests[MAP_OVER_IDLE],
                                     f->is_staged ? HOST_MAP : HOST_MAP_OVER, saved_errno),
                         saved_errno);
        /* Want of areas is no reason not to unmap. */
        assert_int_equal(errno_after(f, &requests[UNMAP], HOST_RESERVE_OVER, saved_errno),
                         saved_errno == ENOMEM ? 0 : saved_errno);
    }
}

/* Whether a map refused at @turn, whose undo is refused from the call @undo_turn of @function on,
 * fails and leaves a list that is true, and no hole. */
static bool
is_true_after_failed_undo(Fixture *f, const Request *request, HostFunction function,
                          int saved_errno, size_t turn, size_t undo_turn)
{
    g_autoptr(GError) error = NULL;
    bool is_true;

    open_window(f);
    host_faults_refuse(f->is_staged ? HOST_MAP : HOST_MAP_OVER, EAGAIN, turn, 1);
    host_faults_refuse(function, saved_errno, undo_turn, SIZE_MAX);
    is_true = !run(f, request, &error) && daxwin_error_to_errno(error) == EAGAIN && !has_gap(f) &&
              daxwin_window_audit(f->window, NULL);
    daxwin_window_unref(f->window);
    return is_true || complain(request, function, saved_errno, turn);
}

static void
refused_undo_leaves_the_list_true(void **state)
{
    enum {
        RUNS = 3
    }; /* of each batch */

    Fixture *f = *state;

    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind and emulators refuse to duplicate mappings");
    }
    for (size_t turn = 1; turn <= RUNS; turn++) {
        for (size_t undo_turn = 1; undo_turn <= LAST_TURN; undo_turn++) {
            assert_true(is_true_after_failed_undo(f, &requests[BATCH_OVER_IDLE], HOST_RESERVE_OVER,
                                                  ENOMEM, turn, undo_turn));
            assert_true(is_true_after_failed_undo(f, &requests[BATCH_OVER_IDLE], HOST_RESERVE_OVER,
                                                  EIO, turn, undo_turn));
            assert_true(is_true_after_failed_undo(f, &requests[BATCH_OVER_LIVE], HOST_RESERVE_OVER,
                                                  EIO, turn, undo_turn));
            /* On the staged path, moving comes before there is anything to undo. */
            if (!f->is_staged) {
                assert_true(is_true_after_failed_undo(f, &requests[BATCH_OVER_LIVE], HOST_MOVE_OVER,
                                                      ENOMEM, turn, undo_turn));
            }
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
    host_faults_refuse(placing_function(f), saved_errno, turn, 1);
    host_faults[placing_function(f)].damage = host_damage_hole;
    is_done = run(f, request, NULL);
    is_mended = !has_gap(f) && daxwin_window_audit(f->window, NULL) &&
                (is_done || !is_batch || is_as_before(f->window, before));
    daxwin_window_unref(f->window);
    return is_mended || complain(request, placing_function(f), saved_errno, turn);
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
    DaxwinMapping elsewhere = piece(24, 0, 1, R);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) later_error = NULL;
    bool is_respected;

    open_window(f);
    foreign = NULL;
    host_faults_refuse(placing_function(f), ENODEV, turn, 1);
    host_faults[placing_function(f)].damage = damage_foreign;
    is_respected = run(f, request, &error) ||
                   (g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN) &&
                    strcmp(foreign, foreign_text) == 0 && !has_gap(f) &&
                    !daxwin_window_map(f->window, f->second, &elsewhere, &later_error) &&
                    g_error_matches(later_error, DAXWIN_ERROR, DAXWIN_ERROR_FOREIGN));
    daxwin_window_unref(f->window);
    return is_respected || complain(request, placing_function(f), ENODEV, turn);
}

static void
foreign_memory_in_a_hole_is_left_alone(void **state)
{
    if (testing_is_in_valgrind()) {
        SKIP_BECAUSE("valgrind and emulators do not know MAP_FIXED_NOREPLACE");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        for (size_t turn = 1; requests[i].is_map && turn <= LAST_TURN; turn++) {
            assert_true(is_foreign_respected(*state, &requests[i], turn));
        }
    }
}

/* Whether nothing is shown any more in the pages [first, first + n). */
static bool
is_unreachable(Fixture *f, uint64_t first, uint64_t n)
{
    const char *base = daxwin_window_get_base(f->window);

    for (uint64_t page = first; page < first + n; page++) {
        if (mark_at(base + pages(page)) != 0) {
            return false;
        }
    }
    return true;
}

/* Whether a request to unmap the pages [first, first + n) takes effect though the kernel never has
 * an area, and with the @guard_errno of guard markers. */
static bool
is_effective(Fixture *f, const Request *request, int guard_errno, uint64_t first, uint64_t n)
{
    bool is_done;

    open_window(f);
    host_faults_refuse(HOST_RESERVE_OVER, ENOMEM, 1, SIZE_MAX);
    host_faults_refuse(HOST_GUARD, guard_errno, 1, SIZE_MAX);
    is_done = run(f, request, NULL) && is_unreachable(f, first, n) && !has_gap(f) &&
              daxwin_window_audit(f->window, NULL) && daxwin_window_clear(f->window, NULL) &&
              is_one_area(daxwin_window_get_base(f->window), pages(WINDOW_PAGES), "---p");
    daxwin_window_unref(f->window);
    return is_done || complain(request, HOST_GUARD, guard_errno, 1);
}

static void
unmap_takes_effect_without_areas(void **state)
{
    SKIP_IN_USER_EMULATOR();

    static const int guard_errnos[] = { 0, EINVAL, ENOMEM, EPERM };

    for (size_t i = 0; i < G_N_ELEMENTS(guard_errnos); i++) {
        assert_true(is_effective(*state, &requests[UNMAP], guard_errnos[i], 2, 8));
        assert_true(is_effective(*state, &requests[UNMAP_BATCH], guard_errnos[i], 6, 4));
        assert_true(is_effective(*state, &requests[CLEAR], guard_errnos[i], 0, WINDOW_PAGES));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_direct, close_files)
#define STAGED_TEST(name)                                                                          \
    {                                                                                              \
        "staged_" #name, name, open_staged, close_files, NULL                                      \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_refusal_leaves_the_window_sound),
        TEST(refusal_comes_through_with_its_errno),
        TEST(refused_undo_leaves_the_list_true),
        TEST(late_refusal_leaves_no_hole),
        TEST(foreign_memory_in_a_hole_is_left_alone),
        TEST(unmap_takes_effect_without_areas),
        STAGED_TEST(one_refusal_leaves_the_window_sound),
        STAGED_TEST(refusal_comes_through_with_its_errno),
        STAGED_TEST(refused_undo_leaves_the_list_true),
        STAGED_TEST(late_refusal_leaves_no_hole),
        STAGED_TEST(foreign_memory_in_a_hole_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
