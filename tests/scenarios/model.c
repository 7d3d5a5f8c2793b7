/* SPDX-License-Identifier: BSD-3-Clause */
/* model.c: long runs of random requests, each compared with a naive model of what must be shown. */
#include "support/pages.h"
#include "support/snapshot.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/window.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum {
    WINDOW_PAGES = 256,
    FILE_PAGES = 300,
    FILES = 4,
    LONGEST_PIECE = 12,
    LONGEST_BATCH = 6
};

enum {
    R = DAXWIN_ACCESS_READ,
    W = DAXWIN_ACCESS_WRITE,
    AUDIT_EVERY = 1000,
    COMPARE_EVERY = 500,
    LAST_FILE_IS_READ_ONLY = FILES
};

/* One page of a window, as the model sees it. */
typedef struct {
    uint32_t file; /* 0 means that nothing is mapped */
    uint32_t file_page;
    int access;
    uint64_t request;    /* pages of one mapping have the same number */
    uint64_t file_pages; /* of the file, when it was mapped */
    bool is_contained;
} Cell;

typedef struct {
    DaxwinWindow *window;
    bool is_strict;
    int fds[FILES + 1];
    uint64_t file_pages[FILES + 1]; /* how long each is now */
    GRand *random;
    Cell cells[WINDOW_PAGES];
    uint64_t request;
} Model;

static int64_t seed = 1;
static int64_t operations = 200000;

static uint64_t
draw(Model *model, uint64_t below)
{
    return (uint64_t)g_rand_int_range(model->random, 0, (gint32)below);
}

static DaxwinMapping
draw_mapping(Model *model)
{
    uint64_t length = 1 + draw(model, LONGEST_PIECE);
    int access = draw(model, 3) == 0 ? R : draw(model, 2) == 0 ? W : R | W;

    return piece(draw(model, WINDOW_PAGES - length + 1), draw(model, FILE_PAGES - length + 1),
                 length, access);
}

static uint32_t
draw_file(Model *model)
{
    return 1 + (uint32_t)draw(model, FILES);
}

static uint64_t
first_page(uint64_t offset)
{
    return offset / pages(1);
}

/* Model: what a request has to come to */

static bool
is_free(const Model *model, const DaxwinMapping *mapping)
{
    uint64_t first = first_page(mapping->window_offset);

    for (uint64_t i = 0; i < first_page(mapping->length); i++) {
        if (model->cells[first + i].file != 0) {
            return false;
        }
    }
    return true;
}

static void
apply_map(Model *model, uint32_t file, const DaxwinMapping *mapping)
{
    uint64_t first = first_page(mapping->window_offset);

    model->request++;
    for (uint64_t i = 0; i < first_page(mapping->length); i++) {
        model->cells[first + i] = (Cell){ file,
                                          (uint32_t)(first_page(mapping->file_offset) + i),
                                          (int)mapping->access,
                                          model->request,
                                          model->file_pages[file],
                                          false };
    }
}

/* Lays all of them in the model, or, if one must be refused, none. */
static bool
apply_batch(Model *model, uint32_t file, const DaxwinMapping *mappings, size_t n)
{
    Cell before[WINDOW_PAGES];

    memcpy(before, model->cells, sizeof before);
    for (size_t i = 0; i < n; i++) {
        bool is_read_only = file == LAST_FILE_IS_READ_ONLY;

        if ((is_read_only && (mappings[i].access & W) != 0) ||
            (model->is_strict && !is_free(model, &mappings[i]))) {
            memcpy(model->cells, before, sizeof before);
            return false;
        }
        apply_map(model, file, &mappings[i]);
    }
    return true;
}

static bool
is_whole_mapping(const Model *model, uint64_t first, uint64_t n)
{
    uint64_t request = model->cells[first].request;

    for (uint64_t page = first; page < first + n; page++) {
        if (model->cells[page].file == 0 || model->cells[page].request != request) {
            return false;
        }
    }
    return (first == 0 || model->cells[first - 1].request != request) &&
           (first + n == WINDOW_PAGES || model->cells[first + n].request != request);
}

static bool
apply_unmap(Model *model, DaxwinRange range)
{
    uint64_t first = first_page(range.offset);
    uint64_t n = first_page(range.length);

    if (model->is_strict && !is_whole_mapping(model, first, n)) {
        return false;
    }
    memset(&model->cells[first], 0, n * sizeof model->cells[0]);
    return true;
}

/* Whether the file of a mapped page does not have that page any more, or not yet. */
static bool
is_beyond_end(const Model *model, const Cell *cell)
{
    return cell->file != 0 && cell->file_page >= model->file_pages[cell->file];
}

/* Covers what a sweep has to: pages that were in their file when they were mapped, or the others.
 * Returns how many. */
static size_t
apply_sweep(Model *model, bool from_start)
{
    size_t covered = 0;

    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        Cell *cell = &model->cells[page];

        if (is_beyond_end(model, cell) && !cell->is_contained &&
            from_start == (cell->file_page >= cell->file_pages)) {
            cell->is_contained = true;
            covered++;
        }
    }
    return covered;
}

static uint64_t
mark_expected(const Model *model, const Cell *cell)
{
    if (cell->file == 0 || cell->is_contained || is_beyond_end(model, cell)) {
        return 0;
    }
    return mark_of(cell->file, cell->file_page);
}

/* Comparison */

static bool
is_page_right(const Model *model, uint64_t page)
{
    const char *base = daxwin_window_get_base(model->window);

    return mark_at(base + pages(page)) == mark_expected(model, &model->cells[page]);
}

static bool
are_pages_right(const Model *model, uint64_t first, uint64_t n)
{
    for (uint64_t page = first; page < first + n; page++) {
        if (!is_page_right(model, page)) {
            return false;
        }
    }
    return true;
}

static uint64_t
count_mapped(const Model *model)
{
    uint64_t count = 0;

    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        count += model->cells[page].file != 0 ? 1 : 0;
    }
    return count;
}

static uint64_t
count_contained(const Model *model)
{
    uint64_t count = 0;

    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        count += model->cells[page].is_contained ? 1 : 0;
    }
    return count;
}

static bool
is_usage_right(const Model *model)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(model->window, &usage);
    return usage.bytes_mapped == pages(count_mapped(model)) &&
           usage.contained_pages == count_contained(model);
}

/* A DaxwinMappingFunc that takes away from the cells what is listed rightly. */
static void
strike_out(const DaxwinMapping *mapping, void *user_data)
{
    Cell *cells = user_data;
    uint64_t first = first_page(mapping->window_offset);

    for (uint64_t i = 0; i < first_page(mapping->length); i++) {
        if (cells[first + i].file_page == first_page(mapping->file_offset) + i &&
            cells[first + i].access == (int)mapping->access) {
            cells[first + i].file = 0;
        }
    }
}

/* Whether the list has each page that the model has, and, with as many bytes, no other. */
static bool
is_list_right(const Model *model)
{
    Cell cells[WINDOW_PAGES];

    memcpy(cells, model->cells, sizeof cells);
    daxwin_window_foreach(model->window, strike_out, cells);
    for (uint64_t page = 0; page < WINDOW_PAGES; page++) {
        if (cells[page].file != 0) {
            return false;
        }
    }
    return is_usage_right(model);
}

static bool
is_lookup_right(const Model *model, uint64_t page)
{
    DaxwinMapping found;
    const Cell *cell = &model->cells[page];

    if (!daxwin_window_lookup(model->window, pages(page) + 1, &found)) {
        return cell->file == 0;
    }
    return found.access == (DaxwinAccess)cell->access &&
           found.file_offset + (pages(page) - found.window_offset) == pages(cell->file_page);
}

/* Requests: each is made of the window and of the model, and is right if both agree */

static bool
request_maps(Model *model, size_t n)
{
    DaxwinMapping mappings[LONGEST_BATCH];
    uint32_t file = draw_file(model);
    bool is_continued = draw(model, 2) == 0;

    for (size_t i = 0; i < n; i++) {
        mappings[i] = draw_mapping(model);
        if (i > 0 && is_continued &&
            mappings[i - 1].window_offset + mappings[i - 1].length + mappings[i].length <=
                pages(WINDOW_PAGES)) {
            mappings[i].window_offset = mappings[i - 1].window_offset + mappings[i - 1].length;
            mappings[i].file_offset = mappings[i - 1].file_offset + mappings[i - 1].length;
            mappings[i].access = mappings[i - 1].access;
        }
        if (mappings[i].file_offset + mappings[i].length > pages(FILE_PAGES)) {
            mappings[i].file_offset = 0;
        }
    }

    bool is_done =
        n == 1 && draw(model, 2) == 0
            ? daxwin_window_map(model->window, model->fds[file], &mappings[0], NULL)
            : daxwin_window_map_batch(model->window, model->fds[file], mappings, n, NULL);

    if (is_done != apply_batch(model, file, mappings, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t first = first_page(mappings[i].window_offset);

        if (!are_pages_right(model, first, first_page(mappings[i].length)) ||
            !is_lookup_right(model, first)) {
            return false;
        }
    }
    return true;
}

/* A range, which in a strict window is mostly that of a mapping. */
static DaxwinRange
draw_range(Model *model)
{
    DaxwinMapping mapping = draw_mapping(model);

    if (model->is_strict && draw(model, 4) > 0 &&
        !daxwin_window_lookup(model->window, mapping.window_offset, &mapping)) {
        mapping = draw_mapping(model);
    }
    return (DaxwinRange){ mapping.window_offset, mapping.length };
}

static bool
request_unmap(Model *model)
{
    DaxwinRange range = draw_range(model);
    bool is_done = daxwin_window_unmap(model->window, range.offset, range.length, NULL);

    return is_done == apply_unmap(model, range) &&
           are_pages_right(model, first_page(range.offset), first_page(range.length));
}

static bool
request_unmap_batch(Model *model)
{
    DaxwinRange ranges[LONGEST_BATCH];
    size_t n = 1 + draw(model, LONGEST_BATCH);
    bool is_expected = true;
    bool are_right = true;

    for (size_t i = 0; i < n; i++) {
        ranges[i] = draw_range(model);
        if (i > 0 && draw(model, 2) == 0 &&
            ranges[i - 1].offset + ranges[i - 1].length + ranges[i].length <= pages(WINDOW_PAGES)) {
            ranges[i].offset = ranges[i - 1].offset + ranges[i - 1].length;
        }
    }

    bool is_done = daxwin_window_unmap_batch(model->window, ranges, n, NULL);

    for (size_t i = 0; i < n; i++) {
        is_expected = apply_unmap(model, ranges[i]) && is_expected;
    }
    for (size_t i = 0; i < n; i++) {
        are_right = are_right && are_pages_right(model, first_page(ranges[i].offset),
                                                 first_page(ranges[i].length));
    }
    return is_done == is_expected && are_right;
}

static bool
request_clear(Model *model)
{
    memset(model->cells, 0, sizeof model->cells);
    return daxwin_window_clear(model->window, NULL) && are_pages_right(model, 0, WINDOW_PAGES);
}

/* Maps what is mapped already once more, as guests do that want to write. */
static bool
request_upgrade(Model *model)
{
    DaxwinMapping mapping;
    const Cell *cell;
    uint32_t file;
    bool is_done;

    if (!daxwin_window_lookup(model->window, pages(draw(model, WINDOW_PAGES)), &mapping)) {
        return true;
    }
    cell = &model->cells[first_page(mapping.window_offset)];
    file = cell->file;
    mapping.access = (DaxwinAccess)(R | W);
    is_done = daxwin_window_map(model->window, model->fds[file], &mapping, NULL);
    return is_done == apply_batch(model, file, &mapping, 1) &&
           are_pages_right(model, first_page(mapping.window_offset), first_page(mapping.length));
}

static bool
request_contain(Model *model)
{
    uint64_t page = draw(model, WINDOW_PAGES);
    const char *base = daxwin_window_get_base(model->window);
    Cell *cell = &model->cells[page];
    bool is_usable = daxwin_window_contain(model->window, base + pages(page) + 1);

    cell->is_contained |= is_beyond_end(model, cell);
    return is_usable == (cell->file != 0) && is_page_right(model, page);
}

static bool
request_sweep(Model *model)
{
    size_t covered = 0;
    size_t expected = apply_sweep(model, false);

    if (expected == 0) {
        expected = apply_sweep(model, true);
    }
    return daxwin_window_contain_truncated(model->window, &covered, NULL) && covered == expected &&
           are_pages_right(model, 0, WINDOW_PAGES);
}

/* Cuts a file off somewhere, or, if that was done before, lets it grow to what it was. */
static bool
request_truncation(Model *model)
{
    uint32_t file = 1 + (uint32_t)draw(model, FILES - 1);
    uint64_t old = model->file_pages[file];
    uint64_t new = old < FILE_PAGES ? FILE_PAGES : draw(model, FILE_PAGES);
    bool is_done = ftruncate(model->fds[file], (off_t)pages(new)) == 0;

    for (uint64_t page = old; page < new; page++) {
        uint64_t mark = mark_of(file, page);

        is_done = is_done && pwrite(model->fds[file], &mark, sizeof mark, (off_t)pages(page)) > 0;
    }
    model->file_pages[file] = new;
    return is_done && are_pages_right(model, 0, WINDOW_PAGES);
}

/* Spoils a good mapping so that it must be refused. */
static void
spoil(Model *model, DaxwinMapping *mapping)
{
    switch (draw(model, 7)) {
    case 0:
        mapping->length += 1 + draw(model, pages(1) - 1);
        break;
    case 1:
        mapping->window_offset += 1 + draw(model, pages(1) - 1);
        break;
    case 2:
        mapping->file_offset += 1 + draw(model, pages(1) - 1);
        break;
    case 3:
        mapping->length = 0;
        break;
    case 4:
        mapping->window_offset = pages(WINDOW_PAGES);
        break;
    case 5:
        mapping->window_offset = -pages(1 + draw(model, LONGEST_PIECE));
        break;
    default:
        mapping->access = (DaxwinAccess)(draw(model, 2) == 0 ? 0 : 8);
        break;
    }
}

static bool
request_nonsense(Model *model)
{
    DaxwinMapping mappings[] = { draw_mapping(model), draw_mapping(model) };
    uint64_t first = first_page(mappings[0].window_offset);
    uint64_t n = first_page(mappings[0].length);

    spoil(model, &mappings[1]);
    return !daxwin_window_map_batch(model->window, model->fds[1], mappings, 2, NULL) &&
           !daxwin_window_map(model->window, -1, &mappings[0], NULL) &&
           !daxwin_window_unmap(model->window, mappings[0].window_offset, n, NULL) &&
           are_pages_right(model, first, n);
}

static bool
request_anything(Model *model)
{
    uint64_t choice = draw(model, 1000);

    if (choice < 400) {
        return request_maps(model, 1);
    }
    if (choice < 550) {
        return request_maps(model, testing_batch_of(1 + draw(model, LONGEST_BATCH)));
    }
    if (choice < 800) {
        return request_unmap(model);
    }
    if (choice < 900) {
        return request_unmap_batch(model);
    }
    if (choice < 950) {
        return request_nonsense(model);
    }
    if (choice < 970) {
        return request_upgrade(model);
    }
    if (testing_is_in_user_emulator()) { /* which cannot tell what can be touched */
        return request_clear(model);
    }
    if (choice < 990) {
        return request_contain(model);
    }
    if (choice < 994) {
        return request_truncation(model);
    }
    return choice < 998 ? request_sweep(model) : request_clear(model);
}

static bool
is_all_right(Model *model, int64_t operation)
{
    if (!is_usage_right(model)) {
        return false;
    }
    if (operation % COMPARE_EVERY == 0 &&
        !(are_pages_right(model, 0, WINDOW_PAGES) && is_list_right(model))) {
        return false;
    }
    return operation % AUDIT_EVERY != 0 || daxwin_window_audit(model->window, NULL);
}

/* Says how far it is, on a terminal, once it has taken two seconds. */
static void
show_progress(int64_t started, int64_t operation)
{
    int64_t second = G_USEC_PER_SEC;

    if (operation % 1024 == 0 && isatty(STDERR_FILENO) == 1 &&
        g_get_monotonic_time() - started > 2 * second) {
        (void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 " operations ", operation, operations);
    }
}

/* The number of the first operation of which something came out wrong, 0 if there is none. */
static int64_t
find_wrong_operation(Model *model)
{
    int64_t started = g_get_monotonic_time();

    for (int64_t operation = 1; operation <= operations; operation++) {
        if (!request_anything(model) || !is_all_right(model, operation)) {
            return operation;
        }
        show_progress(started, operation);
    }
    return 0;
}

static int
open_model(void **state, DaxwinWindowFlags flags)
{
    Model *model = g_new0(Model, 1);
    g_autofree char *path = NULL;
    int writable;

    *state = model;
    model->is_strict = flags == DAXWIN_WINDOW_STRICT;
    model->random = g_rand_new_with_seed((guint32)seed);
    model->window = daxwin_window_new(pages(WINDOW_PAGES), DAXWIN_ARCH_X86_64, flags, NULL);
    for (uint32_t file = 1; file <= FILES; file++) {
        model->fds[file] =
            file % 2 == 0 ? new_marked_file(file, FILE_PAGES) : new_direct_file(file, FILE_PAGES);
        model->file_pages[file] = FILE_PAGES;
    }
    writable = model->fds[LAST_FILE_IS_READ_ONLY];
    path = g_strdup_printf("/proc/self/fd/%d", writable);
    model->fds[LAST_FILE_IS_READ_ONLY] = open(path, O_RDONLY | O_CLOEXEC);
    (void)close(writable);
    return model->window != NULL && model->fds[1] >= 0 && model->fds[FILES] >= 0 ? 0 : -1;
}

static int
open_default(void **state)
{
    return open_model(state, DAXWIN_WINDOW_DEFAULT);
}

static int
open_strict(void **state)
{
    return open_model(state, DAXWIN_WINDOW_STRICT);
}

static int
close_model(void **state)
{
    Model *model = *state;

    daxwin_window_unref(model->window);
    g_rand_free(model->random);
    for (uint32_t file = 1; file <= FILES; file++) {
        (void)close(model->fds[file]);
    }
    g_free(model);
    return 0;
}

static void
random_requests_agree_with_the_model(void **state)
{
    Model *model = *state;

    assert_int_equal(find_wrong_operation(model), 0);
    assert_true(daxwin_window_audit(model->window, NULL));
    assert_true(request_clear(model));
    assert_true(is_one_area(daxwin_window_get_base(model->window), pages(WINDOW_PAGES), "---p"));
}

static bool
read_options(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "where the random numbers start", "N" },
        { "operations", 0, 0, G_OPTION_ARG_INT64, &operations, "how many for each window", "N" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- random requests against a model");
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
        { "default_window_agrees_with_the_model", random_requests_agree_with_the_model,
          open_default, close_model, NULL },
        { "strict_window_agrees_with_the_model", random_requests_agree_with_the_model, open_strict,
          close_model, NULL },
    };

    if (!read_options(argc, argv)) {
        return 2;
    }
    print_message("# seed %" PRId64 ", %" PRId64 " operations\n", seed, operations);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
