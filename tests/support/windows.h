/* SPDX-License-Identifier: BSD-3-Clause */
/* windows.h: a window, two marked files, and what came of a request. */
#pragma once

#include "areas.h"
#include "host-stand-ins.h"
#include "pages.h"
#include "snapshot.h"

#include <daxwin/error.h>
#include <daxwin/window.h>
#include <fcntl.h>

enum {
    WINDOW_PAGES = 64,
    FILE_PAGES = 64
};

enum {
    R = DAXWIN_ACCESS_READ,
    W = DAXWIN_ACCESS_WRITE,
    RW = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE
};

typedef struct {
    DaxwinWindow *window;
    int file;  /* number 1 */
    int other; /* number 2 */
} Fixture;

/* What came of a request. */
typedef struct {
    bool is_done;
    int code;        /* a DaxwinError, 0 if done */
    int saved_errno; /* 0 if done */
    bool is_as_before;
} Outcome;

static inline int
start(void **state, DaxwinWindowFlags flags)
{
    Fixture *f = g_new0(Fixture, 1);

    host_faults_reset();
    f->window = daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, flags, NULL);
    f->file = new_direct_file(1, FILE_PAGES);
    f->other = new_direct_file(2, FILE_PAGES);
    *state = f;
    return f->window != NULL && f->file >= 0 && f->other >= 0 ? 0 : -1;
}

static inline int
start_default(void **state)
{
    return start(state, DAXWIN_WINDOW_DEFAULT);
}

static inline int
start_strict(void **state)
{
    return start(state, DAXWIN_WINDOW_STRICT);
}

static inline int
start_any_file(void **state)
{
    return start(state, DAXWIN_WINDOW_ANY_FILE);
}

static inline int
finish(void **state)
{
    Fixture *f = *state;

    host_faults_reset();
    daxwin_window_unref(f->window);
    (void)close(f->file);
    (void)close(f->other);
    g_free(f);
    return 0;
}

static inline Outcome
outcome_of(bool is_done, GError *error, DaxwinWindow *window, const Snapshot *before)
{
    Outcome outcome = { is_done, 0, 0, is_as_before(window, before) };

    if (error != NULL) {
        outcome.code = error->code;
        outcome.saved_errno = daxwin_error_to_errno(error);
        g_error_free(error);
    }
    return outcome;
}

static inline Outcome
try_batch(Fixture *f, int fd, const DaxwinMapping *mappings, size_t n)
{
    g_autoptr(Snapshot) before = snapshot_new(f->window);
    GError *error = NULL;
    bool is_done = daxwin_window_map_batch(f->window, fd, mappings, n, &error);

    return outcome_of(is_done, error, f->window, before);
}

static inline Outcome
try_map(Fixture *f, int fd, DaxwinMapping mapping)
{
    g_autoptr(Snapshot) before = snapshot_new(f->window);
    GError *error = NULL;
    bool is_done = daxwin_window_map(f->window, fd, &mapping, &error);

    return outcome_of(is_done, error, f->window, before);
}

static inline Outcome
try_unmap(Fixture *f, uint64_t offset, uint64_t length)
{
    g_autoptr(Snapshot) before = snapshot_new(f->window);
    GError *error = NULL;
    bool is_done = daxwin_window_unmap(f->window, offset, length, &error);

    return outcome_of(is_done, error, f->window, before);
}

static inline Outcome
try_sync(Fixture *f, uint64_t offset, uint64_t length)
{
    g_autoptr(Snapshot) before = snapshot_new(f->window);
    GError *error = NULL;
    bool is_done = daxwin_window_sync(f->window, offset, length, &error);

    return outcome_of(is_done, error, f->window, before);
}

static inline bool
was_refused(Outcome outcome, DaxwinError code, int saved_errno)
{
    return !outcome.is_done && outcome.code == (int)code && outcome.saved_errno == saved_errno &&
           outcome.is_as_before;
}

/* Maps page for page: @n pages of @fd from @first on, at the same place of the window. */
static inline bool
map_pages(Fixture *f, int fd, uint64_t first, uint64_t n, int access)
{
    DaxwinMapping mapping = piece(first, first, n, access);

    return daxwin_window_map(f->window, fd, &mapping, NULL);
}

static inline bool
unmap_pages(Fixture *f, uint64_t first, uint64_t n)
{
    return daxwin_window_unmap(f->window, pages(first), pages(n), NULL);
}

static inline char *
address_of(Fixture *f, uint64_t page)
{
    return (char *)daxwin_window_get_base(f->window) + pages(page);
}

/* Whether the pages [first, first + n) show the same pages of file @number; 0 means nothing. */
static inline bool
shows(Fixture *f, uint64_t number, uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (mark_at(address_of(f, page)) != (number == 0 ? 0 : mark_of(number, page))) {
            return false;
        }
    }
    return true;
}

/* Whether the list is just these mappings, page for page. */
static inline bool
lists(Fixture *f, const DaxwinMapping *mappings, guint n)
{
    g_autoptr(GArray) actual = list_mappings(f->window);
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(DaxwinMapping));

    g_array_append_vals(expected, mappings, n);
    return is_same_list(actual, expected);
}

static inline bool
agrees(Fixture *f)
{
    return daxwin_window_audit(f->window, NULL);
}

static inline DaxwinUsage
usage_of(Fixture *f)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(f->window, &usage);
    return usage;
}

static inline bool
is_all_idle(Fixture *f)
{
    return is_one_area(daxwin_window_get_base(f->window), daxwin_window_get_size(f->window),
                       "---p");
}

/* The same file, opened once more with @flags. */
static inline int
reopen(int fd, int flags)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    return open(path, flags | O_CLOEXEC);
}

static inline Outcome
try_map_and_close(Fixture *f, int fd, int access)
{
    Outcome outcome = try_map(f, fd, piece(8, 0, 4, access));

    (void)close(fd);
    return outcome;
}

/* Whether the kernel has guard markers for files. */
static inline bool
has_guards(Fixture *f)
{
    enum {
        GUARD_INSTALL = 102 /* MADV_GUARD_INSTALL, Linux 6.13 */
    };

    void *place = mmap(NULL, pages(1), PROT_READ, MAP_SHARED, f->file, 0);
    bool has = place != MAP_FAILED && madvise(place, pages(1), GUARD_INSTALL) == 0;

    (void)munmap(place, pages(1));
    return has;
}

/* Criticals, which would end the program if they were not watched. */
static guint critical_count;
static GLogLevelFlags always_fatal;

static inline void
count_critical(const char *domain, GLogLevelFlags level, const char *message, void *user_data)
{
    (void)domain;
    (void)message;
    (void)user_data;
    critical_count += (level & G_LOG_LEVEL_CRITICAL) != 0 ? 1 : 0;
}

static inline void
watch_criticals(void)
{
    critical_count = 0;
    always_fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
    (void)g_log_set_default_handler(count_critical, NULL);
}

/* How many there were; from now on they are fatal again. */
static inline guint
count_criticals(void)
{
    (void)g_log_set_default_handler(g_log_default_handler, NULL);
    (void)g_log_set_always_fatal(always_fatal);
    return critical_count;
}
