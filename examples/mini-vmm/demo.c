/* SPDX-License-Identifier: BSD-3-Clause */
/* demo.c: the things that mini-vmm lets its guest do. */
#include "demo.h"

#include "checksum.h"
#include "failure.h"
#include "layout.h"
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Lets the guest do one task, from its start until it halts. */
static bool
run_task(const Demo *demo, uint32_t task, const Source *source, GError **error)
{
    Machine *machine = demo->machine;
    bool has_halted;

    if (!machine_reset(machine, task, source, error)) {
        return false;
    }
    has_halted = demo->engine->run(demo->engine, error);
    progress_hide(&machine->progress);
    show_contained(machine->window);
    if (has_halted && machine->refusal != NULL) {
        g_propagate_error(error, g_steal_pointer(&machine->refusal));
        g_prefix_error(error, "guest asked for too much: ");
        return false;
    }
    return has_halted;
}

/* What the file has lost since it was opened counts as zeros. */
static bool
compare_checksums(const Demo *demo, const Source *source, GError **error)
{
    g_autofree char *expected = checksum_file(source->fd, source->size, error);
    g_autofree char *line = NULL;

    if (expected == NULL) {
        return false;
    }
    printf("read(2) says %s\n", expected);
    line = g_strconcat(expected, "\n", NULL);
    if (!g_str_equal(line, demo->machine->serial->str)) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST,
                    "the guest's checksum is another than that of the file");
        return false;
    }
    printf("checksums    equal\n");
    return true;
}

bool
demo_read(const Demo *demo, GError **error)
{
    int64_t start = g_get_monotonic_time();

    printf("file         %s, %" PRIu64 " bytes\n", demo->source->name, demo->source->size);
    if (!run_task(demo, TASK_CHECKSUM, demo->source, error)) {
        return false;
    }
    printf("time         %.2f s in %s\n",
           (double)(g_get_monotonic_time() - start) / (double)G_USEC_PER_SEC, demo->engine->name);
    show_window(demo->machine->window);
    return compare_checksums(demo, demo->source, error) && show_audit(demo->machine->window, error);
}

/* The start of the last piece, which the guest maps last. */
static uint64_t
find_last_piece(const Demo *demo)
{
    uint64_t piece = demo->machine->piece_size;

    return (demo->source->size - 1) / piece * piece;
}

bool
demo_truncate(const Demo *demo, GError **error)
{
    uint64_t last = find_last_piece(demo);
    g_autoptr(Source) copy =
        source_copy_end(demo->source, last - MIN(last, demo->machine->piece_size), error);
    bool is_done;

    if (copy == NULL) {
        return false;
    }
    printf("truncate     a copy of the file's last %" PRIu64 " bytes, under the guest\n",
           copy->size);
    demo->machine->truncates = true;
    is_done = run_task(demo, TASK_CHECKSUM, copy, error);
    demo->machine->truncates = false;
    return is_done && compare_checksums(demo, copy, error) &&
           show_audit(demo->machine->window, error);
}

/* Prints the first bytes of @source as read(2) gives them, and copies them out for comparison. */
static bool
show_start(const char *label, const Source *source, char out[WRITTEN_LENGTH], GError **error)
{
    ssize_t length = pread(source->fd, out, WRITTEN_LENGTH, 0);

    if (length < 0) {
        failure_set_from_errno(error, source->name);
        return false;
    }
    show_bytes(label, (const uint8_t *)out, (size_t)length);
    return true;
}

bool
demo_write(const Demo *demo, GError **error)
{
    g_autoptr(Source) copy = source_copy_end(demo->source, find_last_piece(demo), error);
    char bytes[WRITTEN_LENGTH];

    if (copy == NULL) {
        return false;
    }
    printf("write        to a copy of the file's last %" PRIu64 " bytes\n", copy->size);
    if (!show_start("before", copy, bytes, error) || !run_task(demo, TASK_WRITE, copy, error) ||
        !show_start("after", copy, bytes, error)) {
        return false;
    }
    if (memcmp(bytes, WRITTEN_TEXT, MIN(WRITTEN_LENGTH, copy->size)) != 0) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST,
                    "what the guest wrote is not in the file");
        return false;
    }
    return show_audit(demo->machine->window, error);
}

bool
demo_touch_idle(const Demo *demo, GError **error)
{
    printf("touch idle   the guest reads where nothing is mapped\n");
    return run_task(demo, TASK_TOUCH_IDLE, demo->source, error);
}
