/* SPDX-License-Identifier: BSD-3-Clause */
/* late-refusals.c: real files that refuse late, while other threads look for a hole to fall into.
 */
#include "support/areas.h"
#include "support/pages.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/window.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/vfs.h>

enum {
    THIEVES = 4,
    AUDIT_EVERY = 64
};

enum {
    R = DAXWIN_ACCESS_READ,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

static const int64_t MICROSECONDS = G_USEC_PER_SEC;

/* A file that the kernel refuses to map, on some kernels at least. */
typedef struct {
    const char *name;
    int (*open)(void);
    int access; /* of DaxwinAccess */
} LateFile;

static int
open_attribute(void)
{
    return open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
}

/* So big that no host has as many huge pages, not even reserved ones. */
static int
open_huge(void)
{
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);

    if (fd >= 0 && ftruncate(fd, (off_t)1 << 40) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int
open_sealed(int seals)
{
    int fd = new_marked_file(3, 4);

    if (fd >= 0 && fcntl(fd, F_ADD_SEALS, seals) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int
open_sealed_against_future_writes(void)
{
    return open_sealed(F_SEAL_FUTURE_WRITE);
}

static int
open_sealed_against_writes(void)
{
    return open_sealed(F_SEAL_WRITE);
}

static int
open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static const LateFile attribute = { "a sysfs attribute", open_attribute, R };
static const LateFile huge = { "a hugetlb file without free pages", open_huge, R };
static const LateFile future_sealed = { "a memfd sealed F_SEAL_FUTURE_WRITE, writable",
                                        open_sealed_against_future_writes, RW };
static const LateFile write_sealed = { "a memfd sealed F_SEAL_WRITE, read-only",
                                       open_sealed_against_writes, R };
static const LateFile unmappable = { "a socket", open_socket, R };

/* One attempt after the other, and threads that wait for a hole. */
typedef struct {
    DaxwinWindow *window;
    int late;
    int older;             /* number 1: what was mapped before */
    DaxwinMapping mapping; /* the third quarter of the window */
    bool is_live;          /* the older file lies there */
    int is_over;           /* atomic */
    size_t n_fallen;       /* atomic: pieces of the thieves that lay in the window */
} Race;

/* Maps and unmaps as fast as it can. */
static void *
steal(void *data)
{
    Race *race = data;
    uintptr_t base = (uintptr_t)daxwin_window_get_base(race->window);
    uint64_t size = daxwin_window_get_size(race->window);

    while (__atomic_load_n(&race->is_over, __ATOMIC_RELAXED) == 0) {
        void *place =
            mmap(NULL, pages(1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (place == MAP_FAILED) {
            continue;
        }
        if ((uintptr_t)place - base < size) {
            __atomic_add_fetch(&race->n_fallen, 1, __ATOMIC_RELAXED);
        }
        (void)munmap(place, pages(1));
    }
    return NULL;
}

static bool
map_older(Race *race, DaxwinMapping mapping)
{
    return daxwin_window_map(race->window, race->older, &mapping, NULL);
}

/* Whether the stretch of @mapping shows the older file, or nothing where it is idle. */
static bool
shows_older(Race *race, const DaxwinMapping *mapping)
{
    const char *base = daxwin_window_get_base(race->window);
    uint64_t first = mapping->window_offset / pages(1);

    for (uint64_t i = 0; i < mapping->length / pages(1); i += 16) {
        uint64_t expected = race->is_live ? mark_of(1, i) : 0;

        if (mark_at(base + pages(first + i)) != expected) {
            return false;
        }
    }
    return true;
}

/* Tries once; the file may be one that this kernel accepts. */
static bool
try_once(Race *race)
{
    DaxwinMapping again = race->mapping;

    if (daxwin_window_map(race->window, race->late, &race->mapping, NULL)) {
        return race->is_live
                   ? map_older(race, again)
                   : daxwin_window_unmap(race->window, again.window_offset, again.length, NULL);
    }
    return shows_older(race, &race->mapping);
}

static bool
try_for_a_while(Race *race)
{
    int64_t stop = g_get_monotonic_time() + MICROSECONDS;
    bool is_right = true;

    for (uint64_t i = 0; is_right && g_get_monotonic_time() < stop; i++) {
        is_right =
            try_once(race) && (i % AUDIT_EVERY != 0 || daxwin_window_audit(race->window, NULL));
    }
    return is_right;
}

static bool
run_race(Race *race)
{
    pthread_t thieves[THIEVES];
    bool is_right;

    for (size_t i = 0; i < THIEVES; i++) {
        if (pthread_create(&thieves[i], NULL, steal, race) != 0) {
            abort();
        }
    }
    is_right = try_for_a_while(race);
    __atomic_store_n(&race->is_over, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < THIEVES; i++) {
        (void)pthread_join(thieves[i], NULL);
    }
    return is_right && race->n_fallen == 0 && shows_older(race, &race->mapping) &&
           daxwin_window_audit(race->window, NULL) &&
           !has_hole(daxwin_window_get_base(race->window), daxwin_window_get_size(race->window));
}

/* The smallest piece of a file that can be mapped. */
static uint64_t
page_of(int fd)
{
    struct statfs status;

    return fstatfs(fd, &status) == 0 && (uint64_t)status.f_bsize > pages(4)
               ? (uint64_t)status.f_bsize
               : pages(4);
}

/* Says what the kernel does without us: whether its refusal leaves a hole. */
static void
tell_bare_outcome(const LateFile *file, int fd)
{
    size_t length = (size_t)page_of(fd);
    int protection = file->access == R ? PROT_READ : PROT_READ | PROT_WRITE;
    char *place = mmap(NULL, 2 * length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *aligned = place + (-(uintptr_t)place & (length - 1));
    bool is_mapped = mmap(aligned, length, protection, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;

    print_message("# %s: the bare call is %s\n", file->name,
                  is_mapped                   ? "accepted"
                  : has_hole(aligned, length) ? "refused and leaves a hole"
                                              : "refused and leaves all intact");
    (void)munmap(place, 2 * length);
}

/* Whether attempts to map @file over something or nothing leave all as it was. */
static bool
is_harmless(const LateFile *file, int fd, bool is_live)
{
    uint64_t page = page_of(fd);
    Race race = { .late = fd,
                  .older = new_marked_file(1, page / pages(1)),
                  .mapping = { 2 * page, 0, page, (DaxwinAccess)file->access },
                  .is_live = is_live };
    DaxwinMapping older = { 2 * page, 0, page, DAXWIN_ACCESS_READ };
    bool is_right;

    race.window = daxwin_window_new(4 * page, DAXWIN_ARCH_X86_64, DAXWIN_WINDOW_ANY_FILE, NULL);
    is_right = race.window != NULL && (!is_live || map_older(&race, older)) && run_race(&race);
    daxwin_window_unref(race.window);
    (void)close(race.older);
    return is_right;
}

/* For SKIP_BECAUSE in the macro below. */
static bool
check(const LateFile *file, bool is_live, bool *is_right)
{
    int fd = file->open();

    if (fd < 0) {
        return false;
    }
    tell_bare_outcome(file, fd);
    *is_right = is_harmless(file, fd, is_live);
    (void)close(fd);
    return true;
}

#define LATE_TEST(file)                                                                            \
    static void file##_over_idle_memory_leaves_no_hole(void **state)                               \
    {                                                                                              \
        bool is_right = true;                                                                      \
                                                                                                   \
        (void)state;                                                                               \
        if (!check(&(file), false, &is_right)) {                                                   \
            SKIP_BECAUSE("this host has no such file");                                            \
        }                                                                                          \
        assert_true(is_right);                                                                     \
    }                                                                                              \
                                                                                                   \
    static void file##_over_a_mapping_leaves_it(void **state)                                      \
    {                                                                                              \
        bool is_right = true;                                                                      \
                                                                                                   \
        (void)state;                                                                               \
        if (!check(&(file), true, &is_right)) {                                                    \
            SKIP_BECAUSE("this host has no such file");                                            \
        }                                                                                          \
        assert_true(is_right);                                                                     \
    }

LATE_TEST(attribute)
LATE_TEST(huge)
LATE_TEST(future_sealed)
LATE_TEST(write_sealed)
LATE_TEST(unmappable)

#define BOTH(file)                                                                                 \
    cmocka_unit_test(file##_over_idle_memory_leaves_no_hole),                                      \
        cmocka_unit_test(file##_over_a_mapping_leaves_it)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(attribute), BOTH(huge), BOTH(future_sealed), BOTH(write_sealed), BOTH(unmappable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
