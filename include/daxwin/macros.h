/* SPDX-License-Identifier: BSD-3-Clause */
/* macros.h: which functions the library exports, and since when. */
#pragma once

#include <glib.h>

/* Every public declaration carries one of these; lib/libdaxwin.map lists the same names. */
#define DAXWIN_EXPORT __attribute__((visibility("default"))) extern

#define DAXWIN_AVAILABLE_IN_0_1 DAXWIN_EXPORT

/* For a function that has a successor since some release: callers get a warning that names it,
 * unless they define DAXWIN_DISABLE_DEPRECATION_WARNINGS. It stands before DAXWIN_AVAILABLE_IN_. */
#ifdef DAXWIN_DISABLE_DEPRECATION_WARNINGS
#define DAXWIN_DEPRECATED_FOR(successor)
#else
#define DAXWIN_DEPRECATED_FOR(successor) G_DEPRECATED_FOR(successor)
#endif

#define DAXWIN_DEPRECATED_IN_0_1_FOR(successor) DAXWIN_DEPRECATED_FOR(successor)
