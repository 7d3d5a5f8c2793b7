/* SPDX-License-Identifier: BSD-3-Clause */
/* budget.h: how many kernel areas (VMAs) a window may take before maps are refused. */
#pragma once

#include <glib.h>

#include <stdbool.h>
#include <stddef.h>

/* The kernel lets a process have vm.max_map_count areas. Some are kept free, so that what was
 * mapped can be unmapped. Others of the process are counted now and then, as that is slow; what
 * they take in between is what the parachute is for. */
typedef struct {
    size_t limit;      /* what all of the process may take, of which some are kept free */
    size_t others;     /* what the rest of the process took when last counted */
    size_t next_count; /* count again when the window takes this many */
    unsigned refusals; /* since last counted */
} DaxwinBudget;

/* Reads the kernel's limit and counts. A sandbox that hides /proc gets the kernel's default. */
void daxwin_budget_init(DaxwinBudget *budget);

/* Checks that a window that takes @own areas may take @growth more: DAXWIN_ERROR_LIMIT if not. */
bool daxwin_budget_check(DaxwinBudget *budget, size_t own, size_t growth, GError **error);

/* The same after the kernel itself has refused a map for want of memory, for which areas may be
 * another word: counts first. */
bool daxwin_budget_check_again(DaxwinBudget *budget, size_t own, size_t growth, GError **error);

/* How many areas the window may take. */
size_t daxwin_budget_get_share(const DaxwinBudget *budget);
