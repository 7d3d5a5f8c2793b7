/* SPDX-License-Identifier: BSD-3-Clause */
/* engine.c: which engine runs the guest. */
#include "engine.h"

#include "failure.h"

#include <stdio.h>

#if !WITH_KVM
Engine *
engine_kvm_new(Machine *machine, GError **error)
{
    (void)machine;
    g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                "kvm is not built in: it would need an x86 host");
    return NULL;
}
#endif

#if !WITH_SOFT
Engine *
engine_soft_new(Machine *machine, GError **error)
{
    (void)machine;
    g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                "soft is not built in: it would need the Unicorn library");
    return NULL;
}
#endif

static Engine *
find_working(Machine *machine, GError **error)
{
    g_autoptr(GError) kvm_error = NULL;
    g_autoptr(GError) soft_error = NULL;
    Engine *engine = engine_kvm_new(machine, &kvm_error);

    if (engine != NULL) {
        return engine;
    }
    engine = engine_soft_new(machine, &soft_error);
    if (engine != NULL) {
        printf("note         no KVM: %s\n", kvm_error->message);
    } else {
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                    "nothing can run the guest: %s; %s", kvm_error->message, soft_error->message);
    }
    return engine;
}

Engine *
engine_new(const char *name, Machine *machine, GError **error)
{
    if (g_str_equal(name, "auto")) {
        return find_working(machine, error);
    }
    if (g_str_equal(name, "kvm")) {
        return engine_kvm_new(machine, error);
    }
    if (g_str_equal(name, "soft")) {
        return engine_soft_new(machine, error);
    }
    g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_SETUP,
                "accel '%s' is not one of auto, kvm and soft", name);
    return NULL;
}

void
engine_free(Engine *engine)
{
    engine->free(engine);
}
