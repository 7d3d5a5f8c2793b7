/* SPDX-License-Identifier: BSD-3-Clause */
/* budget.c: how many kernel areas (VMAs) a window may take before maps are refused. */
#include "budget.h"

#include "error-private.h"
#include "host.h"

enum {
    DEFAULT_MAX_MAP_COUNT = 65530, /* Linux, include/linux/mm.h */
    KEPT_FREE_FRACTION = 64,
    FIRST_COUNT = 256,
    REFUSALS_PER_COUNT = 16 /* a backend that asks in vain must not make us count all the time */
};

/* A DaxwinHostLineFunc over a size_t. */
static bool
count_line(const char *line, void *user_data)
{
    size_t *count = user_data;

    (void)line;
    (*count)++;
    return true;
}

/* Counts the areas of the process, of which @own are the window's. */
static void
count_others(DaxwinBudget *budget, size_t own)
{
    size_t count = 0;

    if (daxwin_host_list_areas(count_line, &count) == 0) {
        budget->others = count > own ? count - own : 0;
    }
    budget->next_count = MAX(own * 2, FIRST_COUNT);
    budget->refusals = 0;
}

void
daxwin_budget_init(DaxwinBudget *budget)
{
    size_t max_map_count = DEFAULT_MAX_MAP_COUNT;

    (void)daxwin_host_read_max_map_count(&max_map_count);
    *budget = (DaxwinBudget){ .limit = max_map_count - max_map_count / KEPT_FREE_FRACTION };
    count_others(budget, 1);
}

size_t
daxwin_budget_get_share(const DaxwinBudget *budget)
{
    return budget->limit > budget->others ? budget->limit - budget->others : 0;
}

static bool
check_share(DaxwinBudget *budget, size_t own, size_t growth, GError **error)
{
    if (own + growth > daxwin_budget_get_share(budget)) {
        budget->refusals++;
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_LIMIT,
                    "the window takes %zu kernel areas and needs up to %zu more, but may take %zu "
                    "of the %zu that the process should not exceed",
                    own, growth, daxwin_budget_get_share(budget), budget->limit);
        return false;
    }
    return true;
}

bool
daxwin_budget_check(DaxwinBudget *budget, size_t own, size_t growth, GError **error)
{
    bool is_short = own + growth > daxwin_budget_get_share(budget);

    if (!is_short && own + growth < budget->next_count) {
        return true;
    }
    if (!is_short || budget->refusals % REFUSALS_PER_COUNT == 0) {
        count_others(budget, own);
    }
    return check_share(budget, own, growth, error);
}

bool
daxwin_budget_check_again(DaxwinBudget *budget, size_t own, size_t growth, GError **error)
{
    count_others(budget, own);
    return check_share(budget, own, growth, error);
}
