/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-first-read.c: what huge pages are worth to the first read of a piece. */
#include "workloads.h"

#include "contenders.h"
#include "fail.h"
#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint64_t PIECE = UINT64_C(2) << 20;

enum {
    N_PIECES = 16
};

typedef struct {
    bool is_aligned;
    int fd;
} ReadSetting;

typedef struct {
    ReadSetting setting;
    void *window; /* ours, of which the unaligned pieces lie one page off */
    uint64_t shift;
} Reader;

static void *
open_reader(const void *data)
{
    Reader *reader = g_new(Reader, 1);

    reader->setting = *(const ReadSetting *)data;
    reader->window = OURS.open(2 * N_PIECES * PIECE);
    reader->shift = reader->setting.is_aligned ? 0 : daxwin_host_page_size();
    return reader;
}

static void
close_reader(void *state)
{
    Reader *reader = state;

    OURS.close(reader->window);
    g_free(reader);
}

/* Maps all pieces afresh, so that none is in a page table. */
static void
prepare_read(void *state, uint64_t round)
{
    const Reader *reader = state;

    (void)round;
    OURS.unmap(reader->window, 0, 2 * N_PIECES * PIECE);
    for (uint64_t i = 0; i < N_PIECES; i++) {
        OURS.map(
            reader->window, reader->setting.fd,
            &(DaxwinMapping){ i * PIECE + reader->shift, i * PIECE, PIECE, DAXWIN_ACCESS_READ });
    }
}

static uint64_t
run_read(void *state, uint64_t round, uint64_t count)
{
    const Reader *reader = state;
    const volatile char *memory = OURS.base(reader->window) + reader->shift;

    (void)round;
    (void)count;
    for (uint64_t offset = 0; offset < N_PIECES * PIECE; offset += daxwin_host_page_size()) {
        (void)memory[offset];
    }
    return N_PIECES;
}

/* Whether a line of /proc/self/smaps counts memory in huge pages of files. */
static bool
counts_huge_pages(const char *line)
{
    unsigned long kilobytes;

    return (sscanf(line, "FilePmdMapped: %lu kB", &kilobytes) == 1 ||
            sscanf(line, "ShmemPmdMapped: %lu kB", &kilobytes) == 1) &&
           kilobytes > 0;
}

static bool
has_huge_pages(void)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    char line[512];
    bool is_found = false;

    while (file != NULL && !is_found && fgets(line, sizeof line, file) != NULL) {
        is_found = counts_huge_pages(line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return is_found;
}

/* Fills a file by way of a mapping that asks for huge pages. */
static void
fill(int fd)
{
    char *memory = mmap(NULL, N_PIECES * PIECE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED) {
        fail_with_errno("cannot map a file");
    }
    (void)madvise(memory, N_PIECES * PIECE, MADV_HUGEPAGE);
    memset(memory, 'x', N_PIECES * PIECE);
    (void)munmap(memory, N_PIECES * PIECE);
}

static bool
gives_huge_pages(int fd)
{
    const ReadSetting setting = { true, fd };
    void *reader = open_reader(&setting);
    bool is_huge;

    prepare_read(reader, 0);
    (void)run_read(reader, 0, 1);
    is_huge = has_huge_pages();
    close_reader(reader);
    return is_huge;
}

static void
race_reads(Bench *bench, const char *name, const char *title, int fd)
{
    static const Wanted WANTED[] = { { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } } };
    const ReadSetting aligned = { true, fd };
    const ReadSetting unaligned = { false, fd };
    const Racer racers[] = {
        { "aligned", open_reader, prepare_read, run_read, close_reader, &aligned },
        { "unaligned", open_reader, prepare_read, run_read, close_reader, &unaligned },
    };

    fill(fd);
    if (!gives_huge_pages(fd)) {
        report_skip(bench->report, "%s: no huge pages are to be had", title);
        return;
    }
    (void)race_run(bench, &(Race){ .name = name,
                                   .title = title,
                                   .per = "piece",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = WANTED,
                                   .n_wanted = G_N_ELEMENTS(WANTED),
                                   .has_fixed_count = true });
}

void
workload_first_read(Bench *bench)
{
    int fd = scratch_open(bench->directory, N_PIECES * PIECE);
    int memfd = memfd_create("daxwin-bench", MFD_CLOEXEC);

    race_reads(bench, "first-read-file", "first read of 2 MiB of a file", fd);
    if (memfd >= 0 && ftruncate(memfd, (off_t)(N_PIECES * PIECE)) == 0) {
        race_reads(bench, "first-read-memfd", "first read of 2 MiB of a memfd", memfd);
    }
    scratch_close(fd);
    scratch_close(memfd);
}
