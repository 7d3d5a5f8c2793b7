/* SPDX-License-Identifier: BSD-3-Clause */
/* demo.h: the things that mini-vmm lets its guest do. */
#pragma once

#include "engine.h"
#include "machine.h"
#include "source.h"

#include <stdbool.h>

typedef struct {
    Machine *machine;
    Engine *engine;
    const Source *source;
} Demo;

/* Each prints what happens; false with an error if it does not go as it should. */
bool demo_read(const Demo *demo, GError **error);
bool demo_truncate(const Demo *demo, GError **error);
bool demo_write(const Demo *demo, GError **error);
bool demo_touch_idle(const Demo *demo, GError **error);
