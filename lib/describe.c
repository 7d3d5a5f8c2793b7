/* SPDX-License-Identifier: BSD-3-Clause */
/* describe.c: a window as it is, for people to look at and for programs to read. */
#include "json.h"
#include "picture.h"

#include <daxwin/describe.h>

char *
daxwin_window_describe(DaxwinWindow *window, DaxwinDescribeFormat format)
{
    g_return_val_if_fail(window != NULL, NULL);

    g_auto(DaxwinInventory) inventory = { 0 };

    daxwin_inventory_take(&inventory, window);
    switch (format) {
    case DAXWIN_DESCRIBE_TEXT:
        return daxwin_picture_draw(&inventory);
    case DAXWIN_DESCRIBE_JSON:
        return daxwin_json_write(&inventory);
    }
    g_return_val_if_reached(NULL);
}
