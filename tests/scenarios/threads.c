/* SPDX-License-Identifier: BSD-3-Clause */
/* threads.c: one window used by many threads at a time, and its memory read meanwhile. */
#include "support/areas.h"
#include "support/pages.h"
#include "support/testing.h"

#include <daxwin/window.h>

#include <pthread.h>
#include <stdlib.h>

enum {
    FLEETING_PAGES = 64,  /* [0, 64): mapped and unmapped */
    PERMANENT_PAGES = 64, /* [64, 128): always mapped, but every so often to something else */
    WINDOW_PAGES = FLEETING_PAGES + PERMANENT_PAGES,
    FILES = 3,
    CHANGERS = 5,
    REPLACERS = 1,
    READERS = 2,
    LONGEST_PIECE = 8,
    READ_ONLY = DAXWIN_ACCESS_READ,
    READ_WRITE = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

static const int64_t MICROSECONDS = 2 * G_USEC_PER_SEC;

typedef struct {
    DaxwinWindow *window;
    int fds[FILES]; /* each filled with one byte: 'a', 'b', 'c' */
    int64_t stop;   /* monotonic time */
} Shared;

/* One thread of the test. */
typedef struct {
    Shared *shared;
    GRand *random;
    bool is_right; /* nothing came out wrong */
    uint64_t rounds;
    pthread_t thread;
    void *(*run)(void *worker);
} Worker;

static int
new_filled_file(char byte)
{
    g_autofree char *text = g_malloc(pages(WINDOW_PAGES));
    int fd = memfd_create("filled", MFD_CLOEXEC);

    memset(text, byte, pages(WINDOW_PAGES));
    if (fd >= 0 && pwrite(fd, text, pages(WINDOW_PAGES), 0) != (ssize_t)pages(WINDOW_PAGES)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int
open_shared(void **state)
{
    Shared *shared = g_new0(Shared, 1);
    DaxwinMapping permanent = piece(FLEETING_PAGES, 0, PERMANENT_PAGES, READ_WRITE);

    *state = shared;
    shared->window =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    for (int i = 0; i < FILES; i++) {
        shared->fds[i] = new_filled_file((char)('a' + i));
    }
    return shared->window != NULL &&
                   daxwin_window_map(shared->window, shared->fds[0], &permanent, NULL)
               ? 0
               : -1;
}

static int
close_shared(void **state)
{
    Shared *shared = *state;

    daxwin_window_unref(shared->window);
    for (int i = 0; i < FILES; i++) {
        (void)close(shared->fds[i]);
    }
    g_free(shared);
    return 0;
}

static bool
has_time(Worker *worker)
{
    worker->rounds++;
    return worker->is_right && g_get_monotonic_time() < worker->shared->stop;
}

static uint64_t
draw(Worker *worker, uint64_t below)
{
    return (uint64_t)g_rand_int_range(worker->random, 0, (gint32)below);
}

/* A piece of one of the files in the @n pages from @first on. */
static DaxwinMapping
draw_mapping(Worker *worker, uint64_t first, uint64_t n)
{
    uint64_t length = 1 + draw(worker, LONGEST_PIECE);

    return piece(first + draw(worker, n - length + 1), draw(worker, WINDOW_PAGES - length + 1),
                 length, draw(worker, 2) == 0 ? READ_ONLY : READ_WRITE);
}

/* A DaxwinMappingFunc over a uint64_t: where the next mapping may start at the earliest. */
static void
check_order(const DaxwinMapping *mapping, void *user_data)
{
    uint64_t *next = user_data;

    *next = mapping->window_offset >= *next && *next != UINT64_MAX
                ? mapping->window_offset + mapping->length
                : UINT64_MAX;
}

static bool
is_list_in_order(DaxwinWindow *window)
{
    uint64_t next = 0;

    daxwin_window_foreach(window, check_order, &next);
    return next <= pages(WINDOW_PAGES);
}

static bool
is_lookup_sound(Worker *worker, DaxwinWindow *window)
{
    DaxwinMapping found;
    uint64_t offset = pages(draw(worker, WINDOW_PAGES));

    return !daxwin_window_lookup(window, offset, &found) ||
           (found.window_offset <= offset && offset < found.window_offset + found.length);
}

static bool
change_something(Worker *worker, DaxwinWindow *window)
{
    int fd = worker->shared->fds[draw(worker, FILES)];
    DaxwinMapping two[] = { draw_mapping(worker, 0, FLEETING_PAGES),
                            draw_mapping(worker, 0, FLEETING_PAGES) };
    DaxwinRange ranges[] = { { two[0].window_offset, two[0].length },
                             { two[1].window_offset, two[1].length } };

    switch (draw(worker, 7)) {
    case 0:
        return daxwin_window_map(window, fd, &two[0], NULL);
    case 1:
        return daxwin_window_map_batch(window, fd, two, testing_batch_of(2), NULL);
    case 2:
        return daxwin_window_unmap(window, ranges[0].offset, ranges[0].length, NULL);
    case 3:
        return daxwin_window_unmap_batch(window, ranges, 2, NULL);
    case 4:
        return is_lookup_sound(worker, window);
    case 5:
        return is_list_in_order(window);
    default:
        return daxwin_window_sync(window, 0, pages(WINDOW_PAGES), NULL);
    }
}

static void *
change(void *data)
{
    Worker *worker = data;

    while (has_time(worker)) {
        g_autoptr(DaxwinWindow) window = daxwin_window_ref(worker->shared->window);

        worker->is_right = change_something(worker, window) &&
                           (worker->rounds % 64 != 0 || daxwin_window_audit(window, NULL));
    }
    return NULL;
}

/* Maps other pieces where something is mapped always. */
static void *
replace(void *data)
{
    Worker *worker = data;

    while (has_time(worker)) {
        DaxwinWindow *window = worker->shared->window;
        int fd = worker->shared->fds[draw(worker, FILES)];
        DaxwinMapping two[] = { draw_mapping(worker, FLEETING_PAGES, PERMANENT_PAGES),
                                draw_mapping(worker, FLEETING_PAGES, PERMANENT_PAGES) };

        worker->is_right =
            daxwin_window_map_batch(window, fd, two, testing_batch_of(1 + draw(worker, 2)), NULL);
    }
    return NULL;
}

/* What a vCPU does. The thread sanitizer would take each new mapping for a write by us. */
__attribute__((no_sanitize("thread"))) static char
load(const volatile char *address)
{
    return *address;
}

static bool
is_of_a_file(char byte)
{
    return byte >= 'a' && byte < 'a' + FILES;
}

static void *
read_permanent(void *data)
{
    Worker *worker = data;
    const char *base = daxwin_window_get_base(worker->shared->window);

    while (has_time(worker)) {
        uint64_t offset = pages(FLEETING_PAGES) + draw(worker, pages(PERMANENT_PAGES));

        worker->is_right = is_of_a_file(load(base + offset));
    }
    return NULL;
}

/* Clears the window, or does what the others do. */
static void *
clear_and_change(void *data)
{
    Worker *worker = data;

    while (has_time(worker)) {
        g_autoptr(DaxwinWindow) window = daxwin_window_ref(worker->shared->window);
        bool is_clear = draw(worker, 16) == 0;

        worker->is_right =
            is_clear ? daxwin_window_clear(window, NULL) : change_something(worker, window);
    }
    return NULL;
}

static bool
start_all(Shared *shared, Worker *workers, size_t n)
{
    shared->stop = g_get_monotonic_time() + MICROSECONDS;
    for (size_t i = 0; i < n; i++) {
        workers[i].shared = shared;
        workers[i].random = g_rand_new_with_seed((guint32)i + 1);
        workers[i].is_right = true;
        if (pthread_create(&workers[i].thread, NULL, workers[i].run, &workers[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Whether nothing came out wrong in any of them. */
static bool
join_all(Worker *workers, size_t n)
{
    bool is_right = true;

    for (size_t i = 0; i < n; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        g_rand_free(workers[i].random);
        is_right = is_right && workers[i].is_right && workers[i].rounds > 1;
    }
    return is_right;
}

static bool
ends_idle(DaxwinWindow *window)
{
    return daxwin_window_audit(window, NULL) && daxwin_window_clear(window, NULL) &&
           is_one_area(daxwin_window_get_base(window), pages(WINDOW_PAGES), "---p");
}

static void
readers_see_nothing_but_the_files(void **state)
{
    Shared *shared = *state;
    Worker workers[CHANGERS + REPLACERS + READERS] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(workers); i++) {
        workers[i].run = i < CHANGERS               ? change
                         : i < CHANGERS + REPLACERS ? replace
                                                    : read_permanent;
    }
    assert_true(start_all(shared, workers, G_N_ELEMENTS(workers)));
    assert_true(join_all(workers, G_N_ELEMENTS(workers)));
    assert_true(ends_idle(shared->window));
}

static void
clearing_does_not_disturb_other_threads(void **state)
{
    Shared *shared = *state;
    Worker workers[CHANGERS + REPLACERS + READERS] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(workers); i++) {
        workers[i].run = i % 2 == 0 ? clear_and_change : change;
    }
    assert_true(start_all(shared, workers, G_N_ELEMENTS(workers)));
    assert_true(join_all(workers, G_N_ELEMENTS(workers)));
    assert_true(ends_idle(shared->window));
}

static void *
own_and_release(void *data)
{
    Worker *worker = data;

    while (has_time(worker)) {
        g_autoptr(DaxwinWindow) window = daxwin_window_ref(worker->shared->window);

        worker->is_right = daxwin_window_get_size(window) == pages(WINDOW_PAGES);
    }
    daxwin_window_unref(worker->shared->window);
    return NULL;
}

static void
last_of_several_owners_frees_the_window(void **state)
{
    Shared *shared = *state;
    Worker workers[READERS + CHANGERS] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(workers); i++) {
        workers[i].run = own_and_release;
        (void)daxwin_window_ref(shared->window);
    }
    assert_true(start_all(shared, workers, G_N_ELEMENTS(workers)));
    assert_true(join_all(workers, G_N_ELEMENTS(workers)));
    assert_true(ends_idle(shared->window));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shared, close_shared)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(readers_see_nothing_but_the_files),
        TEST(clearing_does_not_disturb_other_threads),
        TEST(last_of_several_owners_frees_the_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
