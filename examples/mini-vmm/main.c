/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c: a small VMM whose guest reads a file through a DAX window. */
#include "demo.h"
#include "failure.h"
#include "options.h"
#include "show.h"

#include <locale.h>
#include <stdio.h>

/* Bigger than the default window, so that the guest has to replace mappings. */
static const uint64_t GENERATED_SIZE = UINT64_C(10) << 20;

static Source *
open_source(const Options *options, GError **error)
{
    return options->path != NULL ? source_open(options->path, error)
                                 : source_generate(GENERATED_SIZE, error);
}

static void
show_setting(const Options *options, DaxwinWindow *window)
{
    const char *caution = daxwin_size_caution(options->window_size);

    show_device(window);
    if (caution != NULL) {
        printf("note         %s; this guest can\n", caution);
    }
    show_idle_memory(window, options->guest_arch);
}

static bool
run_demos(const Demo *demo, const Options *options, GError **error)
{
    DaxwinWindow *window = demo->machine->window;

    if (!demo_read(demo, error) || (options->truncates && !demo_truncate(demo, error)) ||
        !demo_write(demo, error) || !machine_clear_window(demo->machine, "disconnect", error)) {
        return false;
    }
    show_window(window);
    return !options->touches_idle || demo_touch_idle(demo, error);
}

static bool
run(const Options *options, GError **error)
{
    g_autoptr(Source) source = open_source(options, error);
    g_autoptr(DaxwinWindow) window = NULL;
    g_autoptr(Machine) machine = NULL;
    g_autoptr(Engine) engine = NULL;

    if (source == NULL) {
        return false;
    }
    window =
        daxwin_window_new(options->window_size, options->guest_arch, DAXWIN_WINDOW_DEFAULT, error);
    machine = window != NULL ? machine_new(window, error) : NULL;
    engine = machine != NULL ? engine_new(options->accel, machine, error) : NULL;
    if (engine == NULL) {
        return false;
    }
    show_setting(options, window);
    return run_demos(&(Demo){ machine, engine, source }, options, error);
}

static bool
flush(GError **error)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        failure_set_from_errno(error, "standard output");
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    g_auto(Options) options = { 0 };
    g_autoptr(GError) error = NULL;
    bool is_good;

    setlocale(LC_CTYPE, "");
    setvbuf(stdout, NULL, _IOLBF, 0);
    is_good = options_parse(&options, &argc, &argv, &error);
    if (is_good && options.wants_version) {
        printf("mini-vmm, with libdaxwin %s\n", daxwin_version_string());
    } else if (is_good) {
        is_good = run(&options, &error);
    }
    is_good = is_good && flush(&error);
    if (!is_good) {
        fprintf(stderr, "mini-vmm: %s\n", error->message);
        return failure_to_exit_status(error);
    }
    return 0;
}
