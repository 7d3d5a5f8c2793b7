/* SPDX-License-Identifier: BSD-3-Clause */
/* macros.h: which functions the library exports, and since when. */
#pragma once

#include <glib.h>

/* Every public declaration carries one of these; lib/libdaxwin.map lists the same names. */
#define DAXWIN_EXPORT __attribute__((visibility("default"))) extern

#define DAXWIN_AVAILABLE_IN_0_1 DAXWIN_EXPORT

/* For a function that has a successor: callers get a warning that names it. */
#define DAXWIN_DEPRECATED_FOR(successor) G_DEPRECATED_FOR(successor)
