/* SPDX-License-Identifier: BSD-3-Clause */
/* picture.h: what lies where in a window, drawn in text. */
#pragma once

#include <daxwin/daxwin.h>

/* Prints one row of letters, a letter for each mapping, and below it what the letters stand for. */
void picture_print(DaxwinWindow *window);
