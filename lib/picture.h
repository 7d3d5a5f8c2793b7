/* SPDX-License-Identifier: BSD-3-Clause */
/* picture.h: an inventory of a window as a picture in text. */
#pragma once

#include "inventory.h"

/* Some lines, to be freed with g_free(). */
char *daxwin_picture_draw(const DaxwinInventory *inventory);
