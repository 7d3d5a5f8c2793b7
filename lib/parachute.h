/* SPDX-License-Identifier: BSD-3-Clause */
/* parachute.h: kernel areas held back for the moment when the process has used up all others. */
#pragma once

#include <glib.h>

#include <stdbool.h>

/* A few pages with alternating protections, so that each is an area (VMA) of its own. Opened, they
 * all get the same one and melt into a single area, and as many areas are free as there were pages
 * but one. The addresses stay ours throughout, so nothing of others can come to lie there. */
typedef struct {
    void *base;    /* fixed at birth */
    bool is_armed; /* guarded by the lock of the window */
} DaxwinParachute;

bool daxwin_parachute_init(DaxwinParachute *parachute, GError **error);

/* Frees the areas. A call that was refused for want of areas can be tried again. */
void daxwin_parachute_open(DaxwinParachute *parachute);

/* Takes the areas back, if it was open and they are there to be taken. */
void daxwin_parachute_arm(DaxwinParachute *parachute);

void daxwin_parachute_clear(DaxwinParachute *parachute);
