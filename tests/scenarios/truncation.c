/* SPDX-License-Identifier: BSD-3-Clause */
/* truncation.c: files that lose their pages, or never get them, under threads that touch them. */
#include "support/pages.h"
#include "support/sigbus.h"
#include "support/testing.h"

#include <daxwin/error.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    WINDOW_PAGES = 64,
    FILE_PAGES = 64,
    TOUCHERS = 4
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

static const int64_t MICROSECONDS = G_USEC_PER_SEC;

typedef struct {
    DaxwinWindow *window;
    int file;    /* number 1 */
    int other;   /* number 2 */
    int is_over; /* atomic */
    int n_wrong; /* atomic */
} Fixture;

static int
start(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    *state = f;
    f->window =
        daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    f->file = new_direct_file(1, FILE_PAGES);
    f->other = new_direct_file(2, FILE_PAGES);
    return f->window != NULL && f->file >= 0 && f->other >= 0 ? 0 : -1;
}

static int
finish(void **state)
{
    Fixture *f = *state;

    daxwin_window_unref(f->window);
    (void)close(f->file);
    (void)close(f->other);
    g_free(f);
    return 0;
}

static char *
at(Fixture *f, uint64_t page)
{
    return (char *)daxwin_window_get_base(f->window) + pages(page);
}

static bool
map(Fixture *f, int fd, uint64_t first, uint64_t file_page, uint64_t n, int access)
{
    DaxwinMapping mapping = piece(first, file_page, n, access);

    return daxwin_window_map(f->window, fd, &mapping, NULL);
}

static bool
resize(int fd, uint64_t n_pages)
{
    return ftruncate(fd, (off_t)pages(n_pages)) == 0;
}

static bool
agrees(Fixture *f)
{
    return daxwin_window_audit(f->window, NULL);
}

static uint64_t
count_contained(Fixture *f)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(f->window, &usage);
    return usage.contained_pages;
}

/* Under threads */

static bool
is_over(Fixture *f)
{
    return __atomic_load_n(&f->is_over, __ATOMIC_RELAXED) != 0;
}

static void
note_if_wrong(Fixture *f, bool is_right)
{
    if (!is_right) {
        __atomic_add_fetch(&f->n_wrong, 1, __ATOMIC_RELAXED);
    }
}

/* Whether @found is @mark or nothing, byte for byte: some kernels write the halves of a mark one
 * after the other. */
static bool
is_mark_or_nothing(uint64_t found, uint64_t mark)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        uint64_t byte = found >> shift & 0xff;

        if (byte != 0 && byte != (mark >> shift & 0xff)) {
            return false;
        }
    }
    return true;
}

/* Loads from the start of each page: its mark, or nothing once the file has lost it. */
static void *
read_pages(void *data)
{
    Fixture *f = data;

    while (!is_over(f)) {
        for (uint64_t page = 0; page < FILE_PAGES; page++) {
            uint64_t found = load(at(f, page));

            note_if_wrong(f, is_mark_or_nothing(found, mark_of(1, page)));
        }
    }
    return NULL;
}

/* Stores behind the marks, and reads back what is kept unless a page goes meanwhile. */
static void *
write_pages(void *data)
{
    Fixture *f = data;

    for (uint64_t i = 1; !is_over(f); i++) {
        for (uint64_t page = 0; page < FILE_PAGES; page++) {
            store(at(f, page) + 64, i);
        }
    }
    return NULL;
}

static bool
start_threads(Fixture *f, pthread_t *threads, size_t n, void *(*const *runs)(void *))
{
    for (size_t i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, runs[i], f) != 0) {
            return false;
        }
    }
    return true;
}

static void
join_threads(Fixture *f, const pthread_t *threads, size_t n)
{
    __atomic_store_n(&f->is_over, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < n; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

/* Cuts the file off, lets it grow with its marks and maps it again. */
static bool
cut_and_mend(Fixture *f, uint64_t length)
{
    bool is_done = resize(f->file, length);

    g_usleep(200);
    for (uint64_t page = length; page < FILE_PAGES; page++) {
        uint64_t mark = mark_of(1, page);

        is_done = is_done && pwrite(f->file, &mark, sizeof mark, (off_t)pages(page)) > 0;
    }
    is_done = is_done && resize(f->file, FILE_PAGES);
    return is_done && map(f, f->file, 0, 0, FILE_PAGES, RW);
}

static void
readers_and_writers_outlive_truncations(void **state)
{
    static void *(*const runs[TOUCHERS])(void *) = { read_pages, write_pages, read_pages,
                                                     write_pages };
    Fixture *f = *state;
    pthread_t threads[TOUCHERS];
    int64_t stop = g_get_monotonic_time() + MICROSECONDS;

    contain_faults_in(f->window);
    assert_true(map(f, f->file, 0, 0, FILE_PAGES, RW));
    assert_true(start_threads(f, threads, TOUCHERS, runs));
    for (uint64_t i = 0; g_get_monotonic_time() < stop; i++) {
        assert_true(cut_and_mend(f, i % FILE_PAGES));
    }
    join_threads(f, threads, TOUCHERS);
    assert_true(count_faults() > 0);
    assert_int_equal(f->n_wrong, 0);
    assert_true(map(f, f->file, 0, 0, FILE_PAGES, RW));
    assert_int_equal(count_contained(f), 0);
    assert_true(agrees(f));
}

/* Contains one and the same page all the time. */
static void *
contain_always(void *data)
{
    Fixture *f = data;

    while (!is_over(f)) {
        note_if_wrong(f, daxwin_window_contain(f->window, at(f, 4)));
    }
    return NULL;
}

static void
newer_mapping_is_never_covered(void **state)
{
    static void *(*const runs[2])(void *) = { contain_always, contain_always };
    Fixture *f = *state;
    pthread_t threads[2];
    int64_t stop = g_get_monotonic_time() + MICROSECONDS;

    assert_true(resize(f->file, 0) && map(f, f->file, 4, 4, 1, RW));
    assert_true(start_threads(f, threads, 2, runs));
    while (g_get_monotonic_time() < stop) {
        assert_true(map(f, f->file, 4, 4, 1, RW)); /* to be covered */
        assert_true(map(f, f->other, 4, 4, 1, R)); /* not to be */
        assert_int_equal(mark_at(at(f, 4)), mark_of(2, 4));
        sched_yield();
        assert_int_equal(mark_at(at(f, 4)), mark_of(2, 4));
    }
    join_threads(f, threads, 2);
    assert_int_equal(f->n_wrong, 0);
    assert_int_equal(count_contained(f), 0);
    assert_true(agrees(f));
}

static void
sound_page_is_never_covered(void **state)
{
    static void *(*const runs[2])(void *) = { contain_always, contain_always };
    Fixture *f = *state;
    pthread_t threads[2];

    assert_true(map(f, f->file, 0, 0, 8, RW));
    assert_true(start_threads(f, threads, 2, runs));
    for (uint64_t i = 1; i < 10000; i++) {
        store(at(f, 4) + 8, i);
        assert_int_equal(load(at(f, 4) + 8), i);
    }
    join_threads(f, threads, 2);
    assert_int_equal(count_contained(f), 0);
}

/* Without an address */

static void
growing_file_never_reads_as_zeros_because_of_a_sweep(void **state)
{
    Fixture *f = *state;
    size_t covered;

    contain_faults_in(f->window);
    assert_true(resize(f->other, 4)); /* of the 16 pages that are mapped */
    assert_true(map(f, f->file, 0, 0, 16, R) && map(f, f->other, 32, 0, 16, R));
    assert_true(resize(f->file, 8));
    assert_true(daxwin_window_contain_truncated(f->window, &covered, NULL));
    assert_int_equal(covered, 8);
    for (uint64_t page = 4; page < 16; page++) {
        uint64_t mark = mark_of(2, page);

        assert_true(pwrite(f->other, &mark, sizeof mark, (off_t)pages(page)) > 0);
        assert_int_equal(load(at(f, 32 + page)), mark);
    }
    assert_int_equal(count_contained(f), 8);
    assert_int_equal(count_faults(), 0);
}

static void
pages_beyond_the_end_from_the_start_are_covered_at_last(void **state)
{
    Fixture *f = *state;
    size_t covered;

    contain_faults_in(f->window);
    assert_true(map(f, f->file, 0, FILE_PAGES - 4, 16, R));
    assert_true(daxwin_window_contain_truncated(f->window, &covered, NULL));
    assert_int_equal(covered, 12);
    assert_int_equal(load(at(f, 4)), 0);
    assert_int_equal(load(at(f, 15)), 0);
    assert_int_equal(load(at(f, 3)), mark_of(1, FILE_PAGES - 1));
    assert_int_equal(count_faults(), 0);
    assert_true(agrees(f));
}

static void
copies_report_what_loads_would_die_of(void **state)
{
    Fixture *f = *state;
    char buffer[16] = { 0 };
    g_autoptr(GError) read_error = NULL;
    g_autoptr(GError) write_error = NULL;

    contain_faults_in(f->window);
    assert_true(map(f, f->file, 0, 0, 16, RW) && resize(f->file, 8));
    assert_false(daxwin_window_read(f->window, pages(8) - 8, buffer, 16, &read_error));
    assert_false(daxwin_window_write(f->window, pages(8) - 8, buffer, 16, &write_error));
    assert_true(g_error_matches(read_error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    assert_true(g_error_matches(write_error, DAXWIN_ERROR, DAXWIN_ERROR_FAULT));
    assert_int_equal(count_faults(), 0);
}

/* On a filesystem that is full */

enum {
    SPARSE_PAGES = 1024
};

/* Stores to each page of a sparse file, which the filesystem cannot hold: the first stores arrive
 * and each of the others costs one fault and its page. */
static bool
stores_cost_one_page_each(const char *path)
{
    g_autoptr(DaxwinWindow) window =
        daxwin_window_new(pages(SPARSE_PAGES), DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_DEFAULT, NULL);
    DaxwinMapping mapping = piece(0, 0, SPARSE_PAGES, RW);
    char *base = daxwin_window_get_base(window);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool is_right =
        fd >= 0 && resize(fd, SPARSE_PAGES) && daxwin_window_map(window, fd, &mapping, NULL);
    DaxwinUsage usage;

    contain_faults_in(window);
    for (uint64_t page = 0; is_right && page < SPARSE_PAGES; page++) {
        uint64_t before = count_faults();

        is_right = load(base + pages(page)) == 0; /* on a tmpfs, a load takes a page, too */
        store(base + pages(page), page + 1);
        is_right = is_right && load(base + pages(page)) == page + 1 && count_faults() <= before + 1;
    }
    daxwin_window_get_usage(window, &usage);
    is_right = is_right && count_faults() > 0 && usage.contained_pages == count_faults() &&
               usage.contained_pages < SPARSE_PAGES && daxwin_window_audit(window, NULL);
    (void)close(fd);
    return is_right;
}

typedef enum {
    RIGHT,
    WRONG,
    NOT_MOUNTED
} Outcome;

static bool
mount_small_tmpfs(const char *folder)
{
    return mount("small", folder, "tmpfs", 0, "size=256k") == 0;
}

static bool
is_successful(const char **command)
{
    int status;

    return g_spawn_sync(NULL, (char **)command, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
                            G_SPAWN_STDERR_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

static bool
mount_small_disk(const char *folder)
{
    g_autofree char *image = g_strconcat(folder, ".image", NULL);
    g_autofree char *search = g_strconcat("/usr/bin:/bin:/usr/sbin:/sbin:", g_getenv("PATH"), NULL);
    const char *make[] = { "mkfs.ext4", "-q", "-F", image, "1M", NULL };
    const char *mount_it[] = { "mount", "-o", "loop", image, folder, NULL };
    bool is_done;

    (void)g_setenv("PATH", search, true);
    is_done = is_successful(make) && is_successful(mount_it);
    (void)unlink(image);
    return is_done;
}

/* In a child, for what it mounts nobody else shall see, and all goes when it ends. */
static Outcome
try_in_child(bool (*mount_small)(const char *folder), const char *folder)
{
    g_autofree char *path = g_strconcat(folder, "/sparse", NULL);
    bool is_right;

    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        !mount_small(folder)) {
        return NOT_MOUNTED;
    }
    is_right = stores_cost_one_page_each(path);
    (void)umount2(folder, MNT_DETACH);
    return is_right ? RIGHT : WRONG;
}

static Outcome
try_full_filesystem(bool (*mount_small)(const char *folder))
{
    g_autofree char *folder = g_dir_make_tmp("truncation-XXXXXX", NULL);
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)alarm(120); /* a fault that comes again and again must not last for ever */
        _exit((int)try_in_child(mount_small, folder));
    }
    (void)waitpid(child, &status, 0);
    (void)g_rmdir(folder);
    return WIFEXITED(status) ? (Outcome)WEXITSTATUS(status) : WRONG;
}

static void
store_on_a_full_tmpfs_costs_one_page(void **state)
{
    Outcome outcome = try_full_filesystem(mount_small_tmpfs);

    (void)state;
    if (outcome == NOT_MOUNTED) {
        SKIP_BECAUSE("no tmpfs can be mounted here");
    }
    assert_int_equal(outcome, RIGHT);
}

static void
store_on_a_full_disk_costs_one_page(void **state)
{
    Outcome outcome = try_full_filesystem(mount_small_disk);

    (void)state;
    if (outcome == NOT_MOUNTED) {
        SKIP_BECAUSE("no ext4 can be made and mounted by way of a loop device here");
    }
    assert_int_equal(outcome, RIGHT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(readers_and_writers_outlive_truncations),
        TEST(newer_mapping_is_never_covered),
        TEST(sound_page_is_never_covered),
        TEST(growing_file_never_reads_as_zeros_because_of_a_sweep),
        TEST(pages_beyond_the_end_from_the_start_are_covered_at_last),
        TEST(copies_report_what_loads_would_die_of),
        cmocka_unit_test(store_on_a_full_tmpfs_costs_one_page),
        cmocka_unit_test(store_on_a_full_disk_costs_one_page),
    };

    if (testing_skips_all()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
