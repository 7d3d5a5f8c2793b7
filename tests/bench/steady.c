/* SPDX-License-Identifier: BSD-3-Clause */
/* steady.c: map and unmap again and again, for a profiler to look at. */
#include "fail.h"
#include "pieces.h"
#include "random.h"
#include "scratch.h"

#include <malloc.h>
#include <stdio.h>

typedef struct {
    int live;
    int count;
    int piece;
    gboolean is_bare;
    gboolean wants_memory;
} Options;

static void
read_options(Options *options, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        { "live", 0, 0, G_OPTION_ARG_INT, &options->live, "Live mappings (8000)", "N" },
        { "count", 0, 0, G_OPTION_ARG_INT, &options->count, "Pairs of map and unmap (0)", "N" },
        { "piece", 0, 0, G_OPTION_ARG_INT, &options->piece, "Bytes of a mapping (65536)", "SIZE" },
        { "bare", 0, 0, G_OPTION_ARG_NONE, &options->is_bare, "Only the bare calls", NULL },
        { "memory", 0, 0, G_OPTION_ARG_NONE, &options->wants_memory,
          "Print the heap that a mapping takes", NULL },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        fail("%s", error->message);
    }
    if (options->live < 1 || options->live > 1 << 20 || options->piece < 4096) {
        fail("no such window: %d mappings of %d bytes", options->live, options->piece);
    }
}

/* A power of two with room for some more than @live. */
static size_t
count_slots(int live)
{
    size_t slots = 64;

    while (slots < (size_t)live * 2) {
        slots *= 2;
    }
    return slots;
}

/* What is in use of the heap, in bytes; 0 where that is not told. */
static size_t
measure_heap(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

/* instructions.sh knows it by name, so it must remain a function. */
static G_NO_INLINE void
run_pairs(const Pieces *pieces, int count)
{
    const uint32_t *idle = pieces->slots + pieces->setting.n_live;
    Random random = random_seed(1);

    for (int i = 0; i < count; i++) {
        uint32_t slot = idle[random_below(&random, pieces_count_idle(pieces))];

        pieces_map(pieces, slot);
        pieces_unmap(pieces, slot);
    }
}

/* Fills a window by hand, for the shuffled slots are on the heap too. */
static void
print_memory(Pieces *pieces, size_t live)
{
    size_t before = measure_heap();
    size_t after;

    for (size_t i = 0; i < live; i++) {
        pieces_map(pieces, pieces->slots[i]);
    }
    after = measure_heap();
    printf("%.1f bytes of heap a mapping, at %zu\n", (double)(after - before) / (double)live, live);
}

int
main(int argc, char **argv)
{
    Options options = { .live = 8000, .piece = 65536 };
    PiecesSetting setting;
    Pieces *pieces;

    g_set_prgname("daxwin-steady");
    read_options(&options, &argc, &argv);
    setting = (PiecesSetting){ options.is_bare ? &BARE : &OURS, (uint64_t)options.piece,
                               count_slots(options.live),
                               options.wants_memory ? 0 : (size_t)options.live, -1 };
    setting.fd = scratch_open(g_get_tmp_dir(), setting.piece * setting.n_slots);
    pieces = pieces_open(&setting);
    if (options.wants_memory) {
        print_memory(pieces, (size_t)options.live);
    } else {
        run_pairs(pieces, options.count);
    }
    pieces_close(pieces);
    scratch_close(setting.fd);
    return 0;
}
