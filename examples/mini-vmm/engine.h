/* SPDX-License-Identifier: BSD-3-Clause */
/* engine.h: what runs the guest's code. */
#pragma once

#include "machine.h"

typedef struct _Engine Engine;

struct _Engine {
    const char *name; /* for people */
    /* Runs the guest from its entry until it halts; false with an error if it does not come to it.
     */
    bool (*run)(Engine *engine, GError **error);
    void (*free)(Engine *engine);
};

/*
 * The engine called @name, one of "auto", "kvm" and "soft", with the RAM and the window of @machine
 * as its guest memory, once and for all; NULL with an error. The machine must outlive it.
 */
Engine *engine_new(const char *name, Machine *machine, GError **error);

void engine_free(Engine *engine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Engine, engine_free)

/* The engines themselves; see engine.c for which of them are built in. */
Engine *engine_kvm_new(Machine *machine, GError **error);
Engine *engine_soft_new(Machine *machine, GError **error);
