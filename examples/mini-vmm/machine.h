/* SPDX-License-Identifier: BSD-3-Clause */
/* machine.h: the guest's machine: some RAM, a serial port, and the device that has the window. */
#pragma once

#include "progress.h"
#include "source.h"

#include <daxwin/daxwin.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint8_t *ram; /* RAM_SIZE bytes */
    DaxwinWindow *window;
    uint64_t piece_size; /* what the guest maps at once */
    const Source *source;
    uint32_t task;
    bool truncates;        /* the file, when the guest has mapped its last piece */
    DaxwinMapping request; /* what the guest has written to the ports so far */
    uint32_t status;       /* of its last command: 0 or an errno */
    GError *refusal;       /* why its last command was refused */
    GString *serial;       /* what it has printed since its start */
    Progress progress;
} Machine;

/* A machine that shows its guest @window; NULL with an error if there is no memory for it. */
Machine *machine_new(DaxwinWindow *window, GError **error);

void machine_free(Machine *machine);

/*
 * Makes the machine as new, its window empty and the guest loaded, told to do @task with @source;
 * false with an error.
 */
bool machine_reset(Machine *machine, uint32_t task, const Source *source, GError **error);

/* Takes all mappings away from the guest, and says @why; false with an error. */
bool machine_clear_window(Machine *machine, const char *why, GError **error);

/* What the guest reads from, and what happens when it writes to, @port. */
uint32_t machine_read_port(Machine *machine, uint32_t port);
void machine_write_port(Machine *machine, uint32_t port, uint32_t value);

/* Sets an error that says what is wrong with the guest touching @guest_address. */
void machine_set_fault(Machine *machine, uint64_t guest_address, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_free)
