/* SPDX-License-Identifier: BSD-3-Clause */
/* late-failure.c: what is left of a window when a file refuses to be mapped, on this kernel.
 *
 * usage: late-failure [SECONDS]
 *
 * Each line of its TAP output is a row of a table: the file, what the stretch held before, what
 * the bare system call did to it, what daxwin_window_map() did to it. A test passes if our window
 * is as it was. SECONDS is how long each race takes; with 0 there are none. */
#include "churn.h"
#include "stage.h"

#include <daxwin/daxwin.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>

static unsigned n_rows;
static bool has_failed;

static void
print_row(bool is_good, const RefusedFile *file, const char *over, const char *bare,
          const char *ours)
{
    printf("%s %u - %s | %s | %s | %s\n", is_good ? "ok" : "not ok", ++n_rows, file->name, over,
           bare, ours);
    (void)fflush(stdout);
    has_failed |= !is_good;
}

static void
print_skipped_row(const RefusedFile *file, const char *over, const char *reason)
{
    printf("ok %u - %s | %s # SKIP %s\n", ++n_rows, file->name, over, reason);
    (void)fflush(stdout);
}

/* The bare system call on the target; 0 or its errno. */
static int
map_bare(const Stage *stage)
{
    void *address =
        mmap(stage_address(stage), (size_t)stage->target.length, stage_protection(stage),
             MAP_SHARED | MAP_FIXED, stage->fd, (off_t)stage->target.file_offset);

    return address == MAP_FAILED ? errno : 0;
}

static char *
describe(int saved_errno, const char *verdict)
{
    return saved_errno == 0 ? g_strdup("mapped")
                            : g_strdup_printf("%s, %s", strerrorname_np(saved_errno), verdict);
}

static char *
try_bare(const RefusedFile *file, int fd, bool is_live)
{
    Stage stage;
    int saved_errno;
    char *text;

    if (!stage_init(&stage, file, fd, is_live)) {
        stage_clear(&stage);
        return g_strdup("no window");
    }
    saved_errno = map_bare(&stage);
    text = describe(saved_errno, stage_verdict(&stage));
    stage_clear(&stage);
    return text;
}

/* Whether a map left the window as it has to be; @error is NULL if it was made. */
static bool
is_kept(const Stage *stage, const GError *error)
{
    if (error == NULL) {
        return daxwin_window_audit(stage->window, NULL);
    }
    return error->code != DAXWIN_ERROR_FOREIGN && is_as_before(stage->window, stage->before);
}

static char *
try_ours(const RefusedFile *file, int fd, bool is_live, bool *is_good)
{
    g_autoptr(GError) error = NULL;
    Stage stage;
    char *text;
    bool is_done;

    *is_good = false;
    if (!stage_init(&stage, file, fd, is_live)) {
        stage_clear(&stage);
        return g_strdup("no window");
    }
    is_done = daxwin_window_map(stage.window, fd, &stage.target, &error);
    *is_good = is_kept(&stage, error);
    text = describe(is_done ? 0 : daxwin_error_to_errno(error), stage_verdict(&stage));
    stage_clear(&stage);
    return text;
}

static uint64_t
now_in_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

/* Makes the target what it was before a bare call left a hole. Whether other memory was in it;
 * that is waited for to go, as it would be destroyed. */
static bool
mend_bare(const Stage *stage, Churn *churn)
{
    void *address = stage_address(stage);
    size_t length = (size_t)stage->target.length;
    bool has_foreign = false;

    while (!is_one_area(address, length, stage->old_fd >= 0 ? "r--s" : "---p") &&
           mmap(address, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                0) == MAP_FAILED) {
        has_foreign = true;
        atomic_store(&churn->is_paused, true);
    }
    if (stage->old_fd >= 0) {
        (void)mmap(address, length, PROT_READ, MAP_SHARED | MAP_FIXED, stage->old_fd,
                   (off_t)stage->target.window_offset);
    }
    atomic_store(&churn->is_paused, false);
    return has_foreign;
}

static char *
race_bare(const RefusedFile *file, int fd, bool is_live, unsigned seconds)
{
    uint64_t end = now_in_seconds() + seconds;
    unsigned n_tries = 0;
    unsigned n_foreign = 0;
    int saved_errno = 0;
    Churn churn;
    Stage stage;

    if (!stage_init(&stage, file, fd, is_live)) {
        stage_clear(&stage);
        return g_strdup("no window");
    }
    churn_start(&churn, stage_address(&stage));
    while (now_in_seconds() < end && (saved_errno = map_bare(&stage)) != 0) {
        n_foreign += mend_bare(&stage, &churn) ? 1 : 0;
        n_tries++;
    }
    churn_stop(&churn);
    stage_clear(&stage);
    return saved_errno == 0 ? g_strdup("mapped")
                            : g_strdup_printf("%s, foreign memory in %u of %u",
                                              strerrorname_np(saved_errno), n_foreign, n_tries);
}

static char *
race_ours(const RefusedFile *file, int fd, bool is_live, unsigned seconds, bool *is_good)
{
    uint64_t end = now_in_seconds() + seconds;
    g_autoptr(GError) error = NULL;
    unsigned n_tries = 0;
    bool is_done = false;
    Churn churn;
    Stage stage;
    char *text;

    *is_good = false;
    if (!stage_init(&stage, file, fd, is_live)) {
        stage_clear(&stage);
        return g_strdup("no window");
    }
    churn_start(&churn, stage_address(&stage));
    do {
        g_clear_error(&error);
        is_done = daxwin_window_map(stage.window, fd, &stage.target, &error);
        n_tries++;
    } while (now_in_seconds() < end && !is_done && error->code != DAXWIN_ERROR_FOREIGN);
    churn_stop(&churn);
    *is_good = is_kept(&stage, error);
    text = is_done
               ? g_strdup("mapped")
               : g_strdup_printf("%s, %s after %u", strerrorname_np(daxwin_error_to_errno(error)),
                                 stage_verdict(&stage), n_tries);
    stage_clear(&stage);
    return text;
}

static void
show_row(const RefusedFile *file, int fd, bool is_live)
{
    bool is_good;
    g_autofree char *bare = try_bare(file, fd, is_live);
    g_autofree char *ours = try_ours(file, fd, is_live, &is_good);

    print_row(is_good, file, is_live ? "live" : "idle", bare, ours);
}

static void
show_race(const RefusedFile *file, int fd, bool is_live, unsigned seconds)
{
    bool is_good;
    g_autofree char *bare = race_bare(file, fd, is_live, seconds);
    g_autofree char *ours = race_ours(file, fd, is_live, seconds, &is_good);

    print_row(is_good, file, is_live ? "live, raced" : "idle, raced", bare, ours);
}

static void
show_file(const RefusedFile *file, unsigned seconds)
{
    int fd = file->open();

    if (fd < 0) {
        print_skipped_row(file, "any", g_strerror(errno));
        return;
    }
    for (int is_live = 0; is_live <= 1; is_live++) {
        show_row(file, fd, is_live != 0);
        if (file->is_late && seconds > 0) {
            show_race(file, fd, is_live != 0, seconds);
        }
    }
    (void)close(fd);
}

int
main(int argc, char **argv)
{
    unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 2;
    struct utsname system;

    (void)uname(&system);
    printf("# %s %s %s, pages of %zu bytes, races of %u seconds\n", system.sysname, system.release,
           system.machine, daxwin_host_page_size(), seconds);
    for (size_t i = 0; i < n_refused_files; i++) {
        show_file(&refused_files[i], seconds);
    }
    printf("1..%u\n", n_rows);
    return has_failed ? 1 : 0;
}
