/* SPDX-License-Identifier: BSD-3-Clause */
/* stress.c: maps, unmaps, clears, contains, sweeps and faults at a time, and an auditor. */
#include "support/areas.h"
#include "support/pages.h"
#include "support/sigbus.h"
#include "support/testing.h"

#include <fcntl.h>
#include <pthread.h>

enum {
    WINDOW_PAGES = 128, /* window page N only ever shows page N of a file */
    FILES = 3,
    LONGEST_PIECE = 16,
    BATCH = 3
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

typedef struct {
    DaxwinWindow *window; /* for ppc64: idle memory reads as zeros, so that loads go anywhere */
    int fds[FILES];       /* numbers 1 to FILES */
    int read_only;        /* the first of them again, for batches that fail late */
    int64_t stop;         /* monotonic time */
} Shared;

typedef struct {
    Shared *shared;
    GRand *random;
    bool (*turn)(Shared *shared, GRand *random); /* false if something came out wrong */
    const char *name;
    uint64_t turns;
    bool is_right;
    pthread_t thread;
} Worker;

static gint seconds = 5;
static gint seed = 1;

static uint64_t
draw(GRand *random, uint64_t below)
{
    return (uint64_t)g_rand_int_range(random, 0, (gint32)below);
}

static DaxwinMapping
draw_mapping(GRand *random)
{
    uint64_t length = 1 + draw(random, LONGEST_PIECE);
    uint64_t first = draw(random, WINDOW_PAGES - length + 1);

    return piece(first, first, length, draw(random, 2) == 0 ? R : RW);
}

static int
draw_file(const Shared *shared, GRand *random)
{
    return shared->fds[draw(random, FILES)];
}

static char *
draw_address(const Shared *shared, GRand *random)
{
    return (char *)daxwin_window_get_base(shared->window) + pages(draw(random, WINDOW_PAGES));
}

/* One turn of each thread */

static bool
map_or_unmap(Shared *shared, GRand *random)
{
    DaxwinMapping mapping = draw_mapping(random);

    return draw(random, 4) > 0
               ? daxwin_window_map(shared->window, draw_file(shared, random), &mapping, NULL)
               : daxwin_window_unmap(shared->window, mapping.window_offset, mapping.length, NULL);
}

static bool
map_batch(Shared *shared, GRand *random)
{
    DaxwinMapping mappings[BATCH];
    bool is_to_fail = draw(random, 2) == 0;

    for (size_t i = 0; i < BATCH; i++) {
        mappings[i] = draw_mapping(random);
        if (is_to_fail) {
            mappings[i].access = (DaxwinAccess)(i == BATCH - 1 ? RW : R);
        }
    }
    return daxwin_window_map_batch(shared->window,
                                   is_to_fail ? shared->read_only : draw_file(shared, random),
                                   mappings, BATCH, NULL) != is_to_fail;
}

static bool
unmap_batch_or_clear(Shared *shared, GRand *random)
{
    DaxwinRange ranges[BATCH];

    if (draw(random, 16) == 0) {
        return daxwin_window_clear(shared->window, NULL);
    }
    for (size_t i = 0; i < BATCH; i++) {
        DaxwinMapping mapping = draw_mapping(random);

        ranges[i] = (DaxwinRange){ mapping.window_offset, mapping.length };
    }
    return daxwin_window_unmap_batch(shared->window, ranges, BATCH, NULL);
}

/* Cuts a file off for a moment. */
static bool
truncate_and_grow(Shared *shared, GRand *random)
{
    uint64_t file = draw(random, FILES);
    uint64_t end = draw(random, WINDOW_PAGES);
    bool is_done = ftruncate(shared->fds[file], (off_t)pages(end)) == 0;

    g_usleep(draw(random, 500));
    for (uint64_t page = end; page < WINDOW_PAGES; page++) {
        uint64_t mark = mark_of(file + 1, page);

        is_done = is_done && pwrite(shared->fds[file], &mark, sizeof mark, (off_t)pages(page)) > 0;
    }
    return is_done && ftruncate(shared->fds[file], (off_t)pages(WINDOW_PAGES)) == 0;
}

static bool
contain_or_sweep(Shared *shared, GRand *random)
{
    size_t covered;

    if (draw(random, 8) == 0) {
        return daxwin_window_contain_truncated(shared->window, &covered, NULL);
    }
    (void)daxwin_window_contain(shared->window, draw_address(shared, random));
    return true;
}

/* The mark of that page in one of the files, or zero. */
static bool
is_expected(const Shared *shared, const char *address, uint64_t found)
{
    uint64_t page = (uint64_t)(address - (char *)daxwin_window_get_base(shared->window)) / pages(1);

    for (uint64_t file = 1; file <= FILES; file++) {
        if (found == mark_of(file, page)) {
            return true;
        }
    }
    return found == 0;
}

static bool
read_anywhere(Shared *shared, GRand *random)
{
    const char *address = draw_address(shared, random);

    return is_expected(shared, address, load(address));
}

/* Copies from here, and to behind the mark there, both of which may fault. */
static bool
copy_anywhere(Shared *shared, GRand *random)
{
    char *base = daxwin_window_get_base(shared->window);
    const char *from = draw_address(shared, random);
    const char *to = draw_address(shared, random) + 64;
    uint64_t found = 0;

    (void)daxwin_window_read(shared->window, (uint64_t)(from - base), &found, sizeof found, NULL);
    (void)daxwin_window_write(shared->window, (uint64_t)(to - base), &found, sizeof found, NULL);
    return is_expected(shared, from, found);
}

static bool
audit(Shared *shared, GRand *random)
{
    DaxwinUsage usage;
    g_autoptr(GError) error = NULL;

    g_usleep(draw(random, 2000));
    daxwin_window_get_usage(shared->window, &usage);
    if (!daxwin_window_audit(shared->window, &error)) {
        print_message("# audit: %s\n", error->message);
        return false;
    }
    return usage.lost == 0;
}

static void *
work(void *data)
{
    Worker *worker = data;

    while (worker->is_right && g_get_monotonic_time() < worker->shared->stop) {
        worker->is_right = worker->turn(worker->shared, worker->random);
        worker->turns++;
    }
    return NULL;
}

static bool
run_all(Shared *shared, Worker *workers, size_t n)
{
    bool is_right = true;

    shared->stop = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    for (size_t i = 0; i < n; i++) {
        workers[i].shared = shared;
        workers[i].random = g_rand_new_with_seed((guint32)(seed * 100) + (guint32)i);
        workers[i].is_right = true;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        g_rand_free(workers[i].random);
        print_message("# %" PRIu64 " x %s%s\n", workers[i].turns, workers[i].name,
                      workers[i].is_right ? "" : ": WRONG");
        is_right = is_right && workers[i].is_right;
    }
    print_message("# %" PRIu64 " faults were contained\n", count_faults());
    return is_right;
}

static int
open_shared(void **state)
{
    Shared *shared = g_new0(Shared, 1);
    g_autofree char *path = NULL;

    *state = shared;
    shared->window =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_PPC64, DAXWIN_WINDOW_DEFAULT, NULL);
    for (uint64_t i = 0; i < FILES; i++) { /* by both paths */
        shared->fds[i] = i % 2 == 0 ? new_direct_file(i + 1, WINDOW_PAGES)
                                    : new_marked_file(i + 1, WINDOW_PAGES);
    }
    path = g_strdup_printf("/proc/self/fd/%d", shared->fds[0]);
    shared->read_only = open(path, O_RDONLY | O_CLOEXEC);
    return shared->window != NULL && shared->read_only >= 0 ? 0 : -1;
}

static int
close_shared(void **state)
{
    Shared *shared = *state;

    daxwin_window_unref(shared->window);
    for (size_t i = 0; i < FILES; i++) {
        (void)close(shared->fds[i]);
    }
    (void)close(shared->read_only);
    g_free(shared);
    return 0;
}

static void
nothing_but_the_files_is_ever_seen(void **state)
{
    Shared *shared = *state;
    Worker workers[] = {
        { .turn = map_or_unmap, .name = "map or unmap" },
        { .turn = map_or_unmap, .name = "map or unmap" },
        { .turn = map_batch, .name = "map of a batch" },
        { .turn = unmap_batch_or_clear, .name = "unmap of a batch, or clear" },
        { .turn = truncate_and_grow, .name = "truncation" },
        { .turn = contain_or_sweep, .name = "contain or sweep" },
        { .turn = read_anywhere, .name = "load" },
        { .turn = copy_anywhere, .name = "copy" },
        { .turn = audit, .name = "audit" },
    };

    contain_faults_in(shared->window);
    assert_true(run_all(shared, workers, G_N_ELEMENTS(workers)));
    assert_true(daxwin_window_audit(shared->window, NULL));
    assert_true(daxwin_window_clear(shared->window, NULL));
    assert_true(is_one_area(daxwin_window_get_base(shared->window), pages(WINDOW_PAGES), "r--p"));
}

static bool
read_options(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "how long", "N" },
        { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "where the random numbers start", "N" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- all at a time on one window");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        (void)fprintf(stderr, "%s\n", error->message);
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_but_the_files_is_ever_seen, open_shared,
                                        close_shared),
    };

    if (!read_options(argc, argv)) {
        return 2;
    }
    print_message("# seed %d, %d seconds\n", seed, seconds);
    if (testing_skips_all()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
