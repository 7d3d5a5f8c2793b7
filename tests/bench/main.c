/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c: daxwin-bench, which measures everything. */
#include "fail.h"
#include "json.h"
#include "options.h"
#include "plot.h"
#include "table.h"
#include "workloads.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double LEAST_NULL = 0.97;
static const double MOST_NULL = 1.03;

enum {
    TOO_BUSY = 1,
    NULL_ATTEMPTS = 3
};

static const Workload WORKLOADS[] = {
    { "pair", "one map + unmap of 2 MiB, with 16 to 30,000 live", workload_pair },
    { "page", "one map + unmap of one page", workload_page },
    { "replace", "a map over a live range", workload_replace },
    { "batch-contiguous", "32 entries that continue each other", workload_batch_contiguous },
    { "batch-scattered", "32 entries that do not", workload_batch_scattered },
    { "clear", "everything taken away at once", workload_clear },
    { "lookup", "what covers a byte", workload_lookup },
    { "foreach", "a list of all mappings", workload_foreach },
    { "transfer", "bytes between a file and guest memory", workload_transfer },
    { "serve", "requests as bytes", workload_serve },
    { "threads", "two threads in one window", workload_threads },
    { "create", "windows of 1 GiB to 1 TiB", workload_create },
    { "recordings", "what real guests asked", workload_recordings },
    { "first-read", "2 MiB with and without huge pages", workload_first_read },
};

static const Workload *
find_workload(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(WORKLOADS); i++) {
        if (strcmp(WORKLOADS[i].name, name) == 0) {
            return &WORKLOADS[i];
        }
    }
    fail("nothing is called '%s'; see --list", name);
}

static int
list_workloads(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(WORKLOADS); i++) {
        printf("%-18s %s\n", WORKLOADS[i].name, WORKLOADS[i].summary);
    }
    return 0;
}

/* The workloads that are asked for, to be freed with g_ptr_array_unref(). */
static GPtrArray *
choose_workloads(char **names)
{
    GPtrArray *chosen = g_ptr_array_new();

    for (size_t i = 0; names == NULL && i < G_N_ELEMENTS(WORKLOADS); i++) {
        g_ptr_array_add(chosen, (void *)&WORKLOADS[i]);
    }
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        g_ptr_array_add(chosen, (void *)find_workload(names[i]));
    }
    return chosen;
}

/* Moves what the null contender had to say out of the list of figures. */
static void
take_null(Report *report)
{
    guint last = report->entries->len - 1;
    const Entry *entry = g_ptr_array_index(report->entries, last);

    report->null = g_array_index(entry->figures, Figure, 0).value;
    report->has_good_null = report->null.median >= LEAST_NULL && report->null.median <= MOST_NULL;
    g_ptr_array_remove_index(report->entries, last);
}

/* Whether equal things come out equal. */
static bool
check_null(Bench *bench)
{
    Report *report = bench->report;

    progress_next(&bench->progress, "null");
    for (size_t i = 0; i < NULL_ATTEMPTS && !report->has_good_null; i++) {
        workload_null(bench);
        take_null(report);
    }
    return report->has_good_null;
}

static void
run_workloads(Bench *bench, const GPtrArray *chosen)
{
    for (guint i = 0; i < chosen->len; i++) {
        const Workload *workload = g_ptr_array_index(chosen, i);

        progress_next(&bench->progress, workload->name);
        workload->run(bench);
    }
    progress_hide(&bench->progress);
}

static void
write_files(const Report *report, const Machine *machine, const Options *options)
{
    g_autoptr(GError) error = NULL;

    if ((options->json != NULL && !json_write(report, machine, options->json, &error)) ||
        (options->plots != NULL && !plot_write(report, options->plots, &error))) {
        fail("%s", error->message);
    }
}

/* Minutes later it would be a pity. */
static void
check_json_place(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);

    if (access(directory, W_OK) != 0) {
        fail_with_errno(directory);
    }
}

static Bench
make_bench(const Options *options, Report *report)
{
    report->is_quick = options->is_quick;
    return (Bench){ .windows = options->is_quick ? 1 : 7,
                    .rounds = options->is_quick ? 2 : 16,
                    .slice = options->is_quick ? 20000 : 2000000,
                    .directory = options->directory,
                    .recordings = options->recordings,
                    .is_quick = options->is_quick,
                    .report = report };
}

static int
run(const Options *options)
{
    g_autoptr(GPtrArray) chosen = choose_workloads(options->workloads);
    g_autoptr(Report) report = report_new();
    Bench bench = make_bench(options, report);
    Machine *machine = machine_new(options->directory);

    progress_start(&bench.progress, chosen->len + 1);
    if (!check_null(&bench) && !options->is_quick && !options->is_forced) {
        progress_hide(&bench.progress);
        fprintf(stderr,
                "%s: the bare calls against themselves are %.3f, not %.2f to %.2f: this machine is "
                "too busy for figures\n",
                g_get_prgname(), report->null.median, LEAST_NULL, MOST_NULL);
        machine_free(machine);
        return TOO_BUSY;
    }
    run_workloads(&bench, chosen);
    table_print(report, machine);
    write_files(report, machine, options);
    machine_free(machine);
    return 0;
}

int
main(int argc, char **argv)
{
    g_auto(Options) options = { 0 };
    g_autoptr(GError) error = NULL;

    g_set_prgname("daxwin-bench");
    if (!options_parse(&options, &argc, &argv, &error) ||
        (options.plots != NULL && !plot_check(&error))) {
        fail("%s", error->message);
    }
    if (options.json != NULL) {
        check_json_place(options.json);
    }
    return options.wants_list ? list_workloads() : run(&options);
}
