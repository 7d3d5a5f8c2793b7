/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-list.c: what a window tells about itself. */
#include "workloads.h"

#include "fail.h"
#include "pieces.h"
#include "random.h"
#include "scratch.h"

enum {
    N_FEW = 1000,
    N_MANY = 30000,
    N_SLOTS = 32768,
    N_OFFSETS = 32768 /* drawn beforehand, so that a turn has nothing to do but to look up */
};

/* A window, or a GTree with the same mappings in it. */
typedef struct {
    size_t n_live;
    bool is_tree;
    int fd;
} ListSetting;

typedef struct {
    Pieces *pieces;
    GTree *tree; /* NULL for a window */
    uint64_t offsets[N_OFFSETS];
} List;

static int
compare_offsets(const void *left, const void *right, void *user_data)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    (void)user_data;
    return (a > b) - (a < b);
}

/* The key is the first member of the value. */
static GTree *
plant(const Pieces *pieces, size_t n)
{
    GTree *tree = g_tree_new_full(compare_offsets, NULL, NULL, g_free);

    for (size_t i = 0; i < n; i++) {
        DaxwinMapping mapping = pieces_mapping(pieces, pieces->slots[i]);
        DaxwinMapping *copy = g_memdup2(&mapping, sizeof mapping);

        g_tree_insert(tree, &copy->window_offset, copy);
    }
    return tree;
}

static void *
open_list(const void *data)
{
    const ListSetting *setting = data;
    List *list = g_new0(List, 1);

    list->pieces = pieces_open(
        &(PiecesSetting){ setting->is_tree ? &BARE : &OURS, daxwin_host_page_size(), N_SLOTS,
                          setting->is_tree ? 0 : setting->n_live, setting->fd });
    if (setting->is_tree) {
        list->tree = plant(list->pieces, setting->n_live);
    }
    list->pieces->setting.n_live = setting->n_live;
    return list;
}

static void
close_list(void *state)
{
    List *list = state;

    if (list->tree != NULL) {
        g_tree_destroy(list->tree);
    }
    pieces_close(list->pieces);
    g_free(list);
}

static void
draw_offsets(void *state, uint64_t round)
{
    List *list = state;
    const Pieces *pieces = list->pieces;
    Random random = random_seed(round + 1);

    for (size_t i = 0; i < N_OFFSETS; i++) {
        uint32_t slot = pieces->slots[random_below(&random, pieces->setting.n_live)];

        list->offsets[i] = slot * pieces->setting.piece;
    }
}

static uint64_t
run_lookups(void *state, uint64_t round, uint64_t count)
{
    const List *list = state;
    DaxwinMapping found;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        if (!daxwin_window_lookup(list->pieces->window, list->offsets[i % N_OFFSETS], &found)) {
            fail("a mapping is not found");
        }
    }
    return count;
}

static uint64_t
run_tree_lookups(void *state, uint64_t round, uint64_t count)
{
    const List *list = state;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        if (g_tree_lookup(list->tree, &list->offsets[i % N_OFFSETS]) == NULL) {
            fail("a mapping is not found");
        }
    }
    return count;
}

static void
add_length(const DaxwinMapping *mapping, void *user_data)
{
    uint64_t *sum = user_data;

    *sum += mapping->length;
}

static gboolean
add_length_of_node(void *key, void *value, void *user_data)
{
    (void)key;
    add_length(value, user_data);
    return FALSE;
}

static void
check_sum(const List *list, uint64_t sum)
{
    if (sum != list->pieces->setting.n_live * list->pieces->setting.piece) {
        fail("not all mappings are shown");
    }
}

static uint64_t
run_foreach(void *state, uint64_t round, uint64_t count)
{
    const List *list = state;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sum = 0;

        daxwin_window_foreach(list->pieces->window, add_length, &sum);
        check_sum(list, sum);
    }
    return count * list->pieces->setting.n_live;
}

static uint64_t
run_tree_foreach(void *state, uint64_t round, uint64_t count)
{
    const List *list = state;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sum = 0;

        g_tree_foreach(list->tree, add_length_of_node, &sum);
        check_sum(list, sum);
    }
    return count * list->pieces->setting.n_live;
}

void
workload_lookup(Bench *bench)
{
    static const Wanted WANTED[] = { { WANTED_DURATION, 1, 1, { GOAL_AT_MOST, 100 } },
                                     { WANTED_RATIO, 1, 0, { GOAL_AT_MOST, 2 } },
                                     { WANTED_RATIO, 1, 3, { GOAL_NONE, 0 } } };
    int fd = scratch_open(bench->directory, N_SLOTS * daxwin_host_page_size());
    const ListSetting few = { N_FEW, false, fd };
    const ListSetting many = { N_MANY, false, fd };
    const ListSetting few_in_tree = { N_FEW, true, fd };
    const ListSetting many_in_tree = { N_MANY, true, fd };
    const Racer racers[] = {
        { "ours at 1,000", open_list, draw_offsets, run_lookups, close_list, &few },
        { "ours at 30,000", open_list, draw_offsets, run_lookups, close_list, &many },
        { "GTree at 1,000", open_list, draw_offsets, run_tree_lookups, close_list, &few_in_tree },
        { "GTree at 30,000", open_list, draw_offsets, run_tree_lookups, close_list, &many_in_tree },
    };

    (void)race_run(bench, &(Race){ .name = "lookup",
                                   .title = "lookup of a random mapping",
                                   .per = "lookup",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = WANTED,
                                   .n_wanted = G_N_ELEMENTS(WANTED) });
    scratch_close(fd);
}

void
workload_foreach(Bench *bench)
{
    static const Wanted WANTED[] = { { WANTED_RATIO, 0, 1, { GOAL_NONE, 0 } } };
    int fd = scratch_open(bench->directory, N_SLOTS * daxwin_host_page_size());
    const ListSetting many = { N_MANY, false, fd };
    const ListSetting many_in_tree = { N_MANY, true, fd };
    const Racer racers[] = {
        { "ours", open_list, NULL, run_foreach, close_list, &many },
        { "GTree", open_list, NULL, run_tree_foreach, close_list, &many_in_tree },
    };

    (void)race_run(bench, &(Race){ .name = "foreach",
                                   .title = "foreach over 30,000 mappings",
                                   .per = "mapping",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = WANTED,
                                   .n_wanted = G_N_ELEMENTS(WANTED) });
    scratch_close(fd);
}
