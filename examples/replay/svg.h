/* SPDX-License-Identifier: BSD-3-Clause */
/* svg.h: how full a window was, and how busy, as a picture. */
#pragma once

#include "history.h"

/* Writes an SVG file; false with an error. */
bool svg_write(const History *history, const char *path, GError **error);
