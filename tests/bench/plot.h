/* SPDX-License-Identifier: BSD-3-Clause */
/* plot.h: a report as SVG charts, drawn by gnuplot. */
#pragma once

#include "report.h"

/* Finds gnuplot before anything is measured; false with an error if there is none. */
bool plot_check(GError **error);

/* Draws ratios.svg, pair.svg and recordings.svg in @directory, which is made if need be; false with
 * an error. */
bool plot_write(const Report *report, const char *directory, GError **error);
