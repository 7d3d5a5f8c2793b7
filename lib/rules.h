/* SPDX-License-Identifier: BSD-3-Clause */
/* rules.h: what a strict window and the mapping limit forbid, as the table stands. */
#pragma once

#include "mapping-table.h"

#include <stddef.h>

/* Checks that @mappings meet neither a mapping in @table nor each other. */
bool daxwin_rules_check_free(const DaxwinMappingTable *table, const DaxwinMapping *mappings,
                             size_t n, GError **error);

/* Checks that @range is exactly one mapping of @table. */
bool daxwin_rules_check_exact(const DaxwinMappingTable *table, DaxwinRange range, GError **error);

/* Checks that @table will hold at most @max_mappings once @mappings are made. */
bool daxwin_rules_check_limit(const DaxwinMappingTable *table, const DaxwinMapping *mappings,
                              size_t n, size_t max_mappings, GError **error);
