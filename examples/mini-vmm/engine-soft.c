/* SPDX-License-Identifier: BSD-3-Clause */
/* engine-soft.c: runs the guest in the Unicorn emulator, on any host and without any privilege. */
#include "engine.h"

#include "failure.h"
#include "layout.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <unicorn/unicorn.h>

typedef struct {
    Engine engine;
    Machine *machine;
    uc_engine *unicorn;
} SoftEngine;

/* Signal handlers get no user data. One guest runs at a time. */
static struct {
    sigjmp_buf leave;
    DaxwinWindow *window;
    uint64_t offset; /* what the guest touched */
} guarded;

/*
 * The emulator reads guest memory with plain loads, so a guest that touches an idle part of the
 * window, or one that its file has lost, makes this program fault. The latter is covered, and the
 * access made again. Jumping out of the emulator for the former is sound because it holds nothing
 * at that moment, and because it is only closed afterwards.
 */
static void
handle_fault(int number, siginfo_t *information, void *context)
{
    uintptr_t offset =
        (uintptr_t)information->si_addr - (uintptr_t)daxwin_window_get_base(guarded.window);

    (void)context;
    if (number == SIGBUS && daxwin_window_contain(guarded.window, information->si_addr)) {
        return;
    }
    if (offset >= daxwin_window_get_size(guarded.window)) {
        /* Not the guest's doing: it ends the program, as without a handler. */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    guarded.offset = offset;
    siglongjmp(guarded.leave, 1);
}

static uint32_t
serve_in(uc_engine *unicorn, uint32_t port, int size, void *user_data)
{
    (void)unicorn;
    (void)size;
    return machine_read_port(user_data, port);
}

static void
serve_out(uc_engine *unicorn, uint32_t port, int size, uint32_t value, void *user_data)
{
    (void)unicorn;
    (void)size;
    machine_write_port(user_data, port, value);
}

/* False if the guest touched idle memory, and so did not get to the end of it. */
static bool
emulate(SoftEngine *soft, uc_err *result)
{
    if (sigsetjmp(guarded.leave, 1) != 0) {
        return false;
    }
    /* It halts before it gets to the address given as the end. */
    *result = uc_emu_start(soft->unicorn, ENTRY_ADDRESS, RAM_SIZE, 0, 0);
    return true;
}

static bool
emulate_guarded(SoftEngine *soft, uc_err *result)
{
    struct sigaction action = { .sa_sigaction = handle_fault, .sa_flags = SA_SIGINFO };
    struct sigaction old_segv;
    struct sigaction old_bus;
    bool is_finished;

    sigemptyset(&action.sa_mask);
    guarded.window = soft->machine->window;
    sigaction(SIGSEGV, &action, &old_segv);
    sigaction(SIGBUS, &action, &old_bus);
    is_finished = emulate(soft, result);
    sigaction(SIGBUS, &old_bus, NULL);
    sigaction(SIGSEGV, &old_segv, NULL);
    return is_finished;
}

static bool
soft_run(Engine *engine, GError **error)
{
    SoftEngine *soft = (SoftEngine *)engine;
    uc_err result = UC_ERR_OK;

    if (!emulate_guarded(soft, &result)) {
        machine_set_fault(soft->machine, WINDOW_ADDRESS + guarded.offset, error);
        return false;
    }
    if (result != UC_ERR_OK) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST, "guest stopped: %s",
                    uc_strerror(result));
        return false;
    }
    return true;
}

static void
soft_free(Engine *engine)
{
    SoftEngine *soft = (SoftEngine *)engine;

    if (soft->unicorn != NULL) {
        uc_close(soft->unicorn);
    }
    g_free(soft);
}

/* The emulator gets the window's own memory, once: what is mapped later just appears in it. */
static uc_err
add_memories(SoftEngine *soft)
{
    DaxwinWindow *window = soft->machine->window;
    uc_err result = uc_mem_map_ptr(soft->unicorn, 0, RAM_SIZE, UC_PROT_ALL, soft->machine->ram);

    if (result == UC_ERR_OK) {
        result =
            uc_mem_map_ptr(soft->unicorn, WINDOW_ADDRESS, (size_t)daxwin_window_get_size(window),
                           UC_PROT_READ | UC_PROT_WRITE, daxwin_window_get_base(window));
    }
    return result;
}

static uc_err
add_ports(SoftEngine *soft)
{
    uc_hook hook;
    uc_err result = uc_hook_add(soft->unicorn, &hook, UC_HOOK_INSN, serve_in, soft->machine, 1, 0,
                                UC_X86_INS_IN);

    if (result == UC_ERR_OK) {
        result = uc_hook_add(soft->unicorn, &hook, UC_HOOK_INSN, serve_out, soft->machine, 1, 0,
                             UC_X86_INS_OUT);
    }
    return result;
}

Engine *
engine_soft_new(Machine *machine, GError **error)
{
    SoftEngine *soft = g_new0(SoftEngine, 1);
    uc_err result;

    soft->engine = (Engine){ .name = "Unicorn", .run = soft_run, .free = soft_free };
    soft->machine = machine;
    result = uc_open(UC_ARCH_X86, UC_MODE_32, &soft->unicorn);
    if (result == UC_ERR_OK) {
        result = add_memories(soft);
    }
    if (result == UC_ERR_OK) {
        result = add_ports(soft);
    }
    if (result != UC_ERR_OK) {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP, "no emulator: %s",
                    uc_strerror(result));
        soft_free(&soft->engine);
        return NULL;
    }
    return &soft->engine;
}
