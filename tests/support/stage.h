/* SPDX-License-Identifier: BSD-3-Clause */
/* stage.h: a device with real windows, files and guest memory, for requests to be played on. */
#pragma once

#include "pages.h"

#include <daxwin/window.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>

enum {
    STAGE_WINDOW_PAGES = 16,
    STAGE_FILE_PAGES = 8,
    STAGE_REGIONS = 4 /* region 0 and 2 are not there */
};

/* The three in the middle are STAGE_MEMORY, opened in other ways. */
typedef enum {
    STAGE_MEMORY, /* a file in memory, read and written */
    STAGE_DISK,   /* one in a filesystem, read and written */
    STAGE_READ_ONLY,
    STAGE_WRITE_ONLY,
    STAGE_APPENDING,
    STAGE_PIPE,
    STAGE_FOLDER,
    STAGE_NONE,
    STAGE_FILES /* how many there are */
} StageFile;

/* Where the guest sees what, in pages. All of it is found in pieces of a page. */
enum {
    STAGE_RAM_AT = 16,
    STAGE_RAM_PAGES = 8,
    STAGE_ROM_AT = 32,
    STAGE_ROM_PAGES = 2,
    STAGE_FAULTY_AT = 40, /* memory that the kernel finds to be closed */
    STAGE_FAULTY_PAGES = 1,
    STAGE_WINDOW_AT = 64,
    STAGE_GUEST_PAGES = 96
};

typedef struct {
    DaxwinWindow *cache;                  /* by the rules of virtio-fs */
    DaxwinWindow *regions[STAGE_REGIONS]; /* strict */
    int files[STAGE_FILES];
    uint64_t audited[STAGE_REGIONS]; /* calls before the last audit; 0 is of the cache */
    int pipe_end;
    char *ram;
    char *rom;
    char *faulty;
} Stage;

static inline int
stage_open_again(int fd, int flags)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    return open(path, flags | O_CLOEXEC);
}

static inline bool
stage_open_files(Stage *stage)
{
    FILE *file = tmpfile();
    int ends[2];

    if (file == NULL || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    stage->files[STAGE_MEMORY] = new_marked_file(1, STAGE_FILE_PAGES);
    stage->files[STAGE_DISK] = dup(fileno(file));
    (void)fclose(file);
    stage->files[STAGE_READ_ONLY] = stage_open_again(stage->files[STAGE_MEMORY], O_RDONLY);
    stage->files[STAGE_WRITE_ONLY] = stage_open_again(stage->files[STAGE_MEMORY], O_WRONLY);
    stage->files[STAGE_APPENDING] = stage_open_again(stage->files[STAGE_MEMORY], O_RDWR | O_APPEND);
    stage->files[STAGE_PIPE] = ends[0];
    stage->pipe_end = ends[1];
    stage->files[STAGE_FOLDER] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    stage->files[STAGE_NONE] = -1;
    for (int i = 0; i < STAGE_NONE; i++) {
        if (stage->files[i] < 0) {
            return false;
        }
    }
    return true;
}

static inline char *
stage_new_memory(size_t n_pages, int protection)
{
    void *address = mmap(NULL, pages(n_pages), protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return address == MAP_FAILED ? NULL : (char *)address;
}

static inline DaxwinWindow *
stage_new_window(DaxwinWindowFlags flags)
{
    return daxwin_window_new(pages(STAGE_WINDOW_PAGES), DAXWIN_ARCH_X86_64, flags, NULL);
}

/* Gives a file the size it had at first. */
static inline bool
stage_trim_file(int fd)
{
    off_t size = (off_t)pages(STAGE_FILE_PAGES);

    return lseek(fd, 0, SEEK_END) == size || ftruncate(fd, size) == 0;
}

static inline bool
stage_trim_files(const Stage *stage)
{
    return stage_trim_file(stage->files[STAGE_MEMORY]) && stage_trim_file(stage->files[STAGE_DISK]);
}

/* False if the host does not give what is needed. */
static inline bool
stage_open(Stage *stage)
{
    *stage = (Stage){ 0 };
    stage->cache = stage_new_window(DAXWIN_WINDOW_DEFAULT);
    stage->regions[1] = stage_new_window(DAXWIN_WINDOW_STRICT);
    stage->regions[3] = stage_new_window(DAXWIN_WINDOW_STRICT);
    stage->ram = stage_new_memory(STAGE_RAM_PAGES, PROT_READ | PROT_WRITE);
    stage->rom = stage_new_memory(STAGE_ROM_PAGES, PROT_READ);
    stage->faulty = stage_new_memory(STAGE_FAULTY_PAGES, PROT_NONE);
    return stage->cache != NULL && stage->regions[1] != NULL && stage->regions[3] != NULL &&
           stage->ram != NULL && stage->rom != NULL && stage->faulty != NULL &&
           stage_open_files(stage) && stage_trim_files(stage);
}

static inline void
stage_close(Stage *stage)
{
    daxwin_window_unref(stage->cache);
    daxwin_window_unref(stage->regions[1]);
    daxwin_window_unref(stage->regions[3]);
    (void)munmap(stage->ram, pages(STAGE_RAM_PAGES));
    (void)munmap(stage->rom, pages(STAGE_ROM_PAGES));
    (void)munmap(stage->faulty, pages(STAGE_FAULTY_PAGES));
    for (int i = 0; i < STAGE_NONE; i++) {
        (void)close(stage->files[i]);
    }
    (void)close(stage->pipe_end);
}

/* The memory in @n_pages pages at @address if @guest_address is there, else NULL. */
static inline char *
stage_find(uint64_t guest_address, uint64_t at, uint64_t n_pages, char *address)
{
    uint64_t offset = guest_address - pages(at); /* wraps for what lies before */

    return offset < pages(n_pages) ? address + offset : NULL;
}

/* A DaxwinResolveFunc over a Stage. */
static inline void *
stage_resolve(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    const Stage *stage = (const Stage *)user_data;
    char *base = (char *)daxwin_window_get_base(stage->cache);
    char *address = stage_find(guest_address, STAGE_RAM_AT, STAGE_RAM_PAGES, stage->ram);

    if (address == NULL) {
        address = stage_find(guest_address, STAGE_WINDOW_AT, STAGE_WINDOW_PAGES, base);
    }
    if (address == NULL) {
        address = stage_find(guest_address, STAGE_FAULTY_AT, STAGE_FAULTY_PAGES, stage->faulty);
    }
    if (address == NULL && !for_write) {
        address = stage_find(guest_address, STAGE_ROM_AT, STAGE_ROM_PAGES, stage->rom);
    }
    *length = MIN(*length, pages(1) - guest_address % pages(1));
    return address;
}

static inline uint64_t
stage_count_calls(DaxwinWindow *window)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    return usage.maps + usage.unmaps + usage.refused;
}

/* Audits a window, unless nothing was asked of it since the last time: listings take long. */
static inline bool
stage_audit(DaxwinWindow *window, uint64_t *audited, GError **error)
{
    uint64_t calls = stage_count_calls(window);

    if (calls == *audited) {
        return true;
    }
    *audited = calls;
    return daxwin_window_audit(window, error);
}

static inline bool
stage_agrees_with_kernel(Stage *stage, GError **error)
{
    return stage_audit(stage->cache, &stage->audited[0], error) &&
           stage_audit(stage->regions[1], &stage->audited[1], error) &&
           stage_audit(stage->regions[3], &stage->audited[3], error);
}

static inline bool
stage_is_empty(DaxwinWindow *window)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    return usage.mappings == 0 && usage.bytes_mapped == 0;
}

static inline bool
stage_clear_window(DaxwinWindow *window)
{
    return stage_is_empty(window) || (daxwin_window_clear(window, NULL) && stage_is_empty(window));
}

/* Takes all mappings away, and says whether nothing is left. */
static inline bool
stage_clear(const Stage *stage)
{
    return stage_clear_window(stage->cache) && stage_clear_window(stage->regions[1]) &&
           stage_clear_window(stage->regions[3]) && stage_trim_files(stage);
}

/* The mark that the guest finds in a page of the cache: of page p of the marked file it is
 * mark_of(1, p). */
static inline uint64_t
stage_shown_at(const Stage *stage, uint64_t page)
{
    return mark_at((char *)daxwin_window_get_base(stage->cache) + pages(page));
}

/* For cmocka: gives each test a stage of its own as its state. */
static inline int
stage_set_up(void **state)
{
    Stage *stage = g_new0(Stage, 1);

    *state = stage;
    return stage_open(stage) ? 0 : -1;
}

/* Fails the test if its windows are not what the kernel has. */
static inline int
stage_tear_down(void **state)
{
    Stage *stage = *state;
    bool is_sound = stage_agrees_with_kernel(stage, NULL);

    stage_close(stage);
    g_free(stage);
    return is_sound ? 0 : -1;
}
