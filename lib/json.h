/* SPDX-License-Identifier: BSD-3-Clause */
/* json.h: an inventory of a window as a JSON object. */
#pragma once

#include "inventory.h"

/* One line, to be freed with g_free(); <daxwin/describe.h> says what is in it. */
char *daxwin_json_write(const DaxwinInventory *inventory);
