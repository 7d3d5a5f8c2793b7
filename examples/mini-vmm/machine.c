/* SPDX-License-Identifier: BSD-3-Clause */
/* machine.c: the guest's machine: some RAM, a serial port, and the device that has the window. */
#include "machine.h"

#include "failure.h"
#include "guest-image.h"
#include "layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const uint64_t BIGGEST_PIECE = UINT64_C(1) << 20;

/* An eighth of the window, so that it holds eight of them, but no less than a page. */
static uint64_t
choose_piece_size(uint64_t window_size)
{
    return CLAMP(window_size / 8, daxwin_host_page_size(),
                 MAX(BIGGEST_PIECE, daxwin_host_page_size()));
}

Machine *
machine_new(DaxwinWindow *window, GError **error)
{
    void *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (ram == MAP_FAILED) {
        failure_set_from_errno(error, "no memory for the guest");
        return NULL;
    }

    Machine *machine = g_new0(Machine, 1);

    machine->ram = ram;
    machine->window = daxwin_window_ref(window);
    machine->piece_size = choose_piece_size(daxwin_window_get_size(window));
    machine->serial = g_string_new(NULL);
    return machine;
}

void
machine_free(Machine *machine)
{
    g_string_free(machine->serial, TRUE);
    g_clear_error(&machine->refusal);
    daxwin_window_unref(machine->window);
    munmap(machine->ram, RAM_SIZE);
    g_free(machine);
}

bool
machine_clear_window(Machine *machine, const char *why, GError **error)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(machine->window, &usage);
    if (!daxwin_window_clear(machine->window, error)) {
        return false;
    }
    if (usage.mappings > 0) {
        printf("%-12s window cleared, %zu mappings gone\n", why, usage.mappings);
    }
    return true;
}

bool
machine_reset(Machine *machine, uint32_t task, const Source *source, GError **error)
{
    if (!machine_clear_window(machine, "reset", error)) {
        return false;
    }
    memset(machine->ram, 0, RAM_SIZE);
    memcpy(machine->ram + ENTRY_ADDRESS, guest_image, (size_t)(guest_image_end - guest_image));
    machine->source = source;
    machine->task = task;
    machine->request = (DaxwinMapping){ 0 };
    machine->status = 0;
    g_clear_error(&machine->refusal);
    g_string_truncate(machine->serial, 0);
    progress_start(&machine->progress);
    return true;
}

uint32_t
machine_read_port(Machine *machine, uint32_t port)
{
    switch (port) {
    case PORT_TASK:
        return machine->task;
    case PORT_PAGE_SIZE:
        return (uint32_t)daxwin_host_page_size();
    case PORT_WINDOW_SIZE:
        return (uint32_t)daxwin_window_get_size(machine->window);
    case PORT_PIECE_SIZE:
        return (uint32_t)machine->piece_size;
    case PORT_FILE_SIZE_LOW:
        return (uint32_t)machine->source->size;
    case PORT_FILE_SIZE_HIGH:
        return (uint32_t)(machine->source->size >> 32);
    case PORT_STATUS:
        return machine->status;
    default:
        return UINT32_MAX;
    }
}

/* If the request is for the last piece, takes half of that from the file, a page at least. */
static bool
truncate_last_piece(const Machine *machine, GError **error)
{
    const Source *source = machine->source;
    uint64_t start = machine->request.file_offset;
    uint64_t page = daxwin_host_page_size();

    return source->size - start > machine->piece_size ||
           source_truncate(source, start + (source->size - start) / 2 / page * page, error);
}

/* The guest, which has its answer after that, knows nothing of it. */
static bool
map_request(Machine *machine, GError **error)
{
    return daxwin_window_map(machine->window, machine->source->fd, &machine->request, error) &&
           (!machine->truncates || truncate_last_piece(machine, error));
}

/* This is what a virtio-fs device does when its backend asks it to: all that the guest sees. */
static void
run_command(Machine *machine, uint32_t command)
{
    g_clear_error(&machine->refusal);
    if (command != COMMAND_MAP) {
        machine->status = EINVAL;
    } else if (map_request(machine, &machine->refusal)) {
        machine->status = 0;
    } else {
        machine->status = (uint32_t)daxwin_error_to_errno(machine->refusal);
    }
    progress_update(&machine->progress, machine->request.file_offset, machine->source->size);
}

static void
print_serial(Machine *machine, char byte)
{
    if (machine->serial->len == 0 || g_str_has_suffix(machine->serial->str, "\n")) {
        progress_hide(&machine->progress);
        fputs("guest says   ", stdout);
    }
    g_string_append_c(machine->serial, byte);
    putchar(byte);
}

void
machine_write_port(Machine *machine, uint32_t port, uint32_t value)
{
    DaxwinMapping *request = &machine->request;

    switch (port) {
    case PORT_WINDOW_OFFSET:
        request->window_offset = value;
        break;
    case PORT_FILE_OFFSET_LOW:
        request->file_offset = (request->file_offset & ~(uint64_t)UINT32_MAX) | value;
        break;
    case PORT_FILE_OFFSET_HIGH:
        request->file_offset = (request->file_offset & UINT32_MAX) | ((uint64_t)value << 32);
        break;
    case PORT_LENGTH:
        request->length = value;
        break;
    case PORT_ACCESS:
        request->access = (DaxwinAccess)value;
        break;
    case PORT_COMMAND:
        run_command(machine, value);
        break;
    case PORT_SERIAL:
        print_serial(machine, (char)value);
        break;
    default:
        break;
    }
}

void
machine_set_fault(Machine *machine, uint64_t guest_address, GError **error)
{
    uint64_t offset = guest_address - WINDOW_ADDRESS;
    g_autofree char *text = NULL;
    DaxwinMapping mapping;

    progress_hide(&machine->progress);
    if (guest_address < WINDOW_ADDRESS || offset >= daxwin_window_get_size(machine->window)) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST,
                    "guest touched 0x%" PRIx64 ", where it has no memory", guest_address);
    } else if (daxwin_window_lookup(machine->window, offset, &mapping)) {
        text = daxwin_mapping_to_string(&mapping);
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST,
                    "guest touched window offset 0x%" PRIx64 " otherwise than allowed: %s", offset,
                    text);
    } else {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST,
                    "guest touched idle window offset 0x%" PRIx64, offset);
    }
}
