/* SPDX-License-Identifier: BSD-3-Clause */
/* describe.h: a window as it is, for people to look at and for programs to read. */
#pragma once

#include <daxwin/macros.h>
#include <daxwin/window.h>

G_BEGIN_DECLS

/**
 * DaxwinDescribeFormat:
 * @DAXWIN_DESCRIBE_TEXT: a picture for people, of some dozens of lines at most, in ASCII. A row of
 *   columns shows where the window is mapped. Below it the pieces are listed, the first 26 of them,
 *   with what is idle between them, and then what the window has done
 * @DAXWIN_DESCRIBE_JSON: one JSON object in one line, for monitors and bug reports. It has each
 *   field of #DaxwinUsage under its name with dashes for underscores, and beside them "size",
 *   "base" (in hexadecimal, as text), "strict", "foreign" (foreign memory was found inside),
 *   "max-mappings", "gaps" and "largest-gap" (in bytes), "pieces" and "pieces-left-out". A piece
 * has "window-offset", "length", "file-offset", "access" ("r", "w" or "rw"), "device" ("8:1"; null
 * if not known), "inode" (null if not known) and "mappings". The first 1024 pieces are listed and
 *   the others counted
 *
 * In which form a window is described. Both call a piece what is mapped without interruption from
 * one file with one access, in one mapping or in several that continue each other. Names in the
 * object keep their meaning, and more may be added; the text may change in any release.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_DESCRIBE_TEXT,
    DAXWIN_DESCRIBE_JSON
} DaxwinDescribeFormat;

/**
 * daxwin_window_describe:
 * @window: (not nullable): a window
 * @format: how
 *
 * Describes what @window holds and has done, all at one moment. The lock is held only to take this
 * down, not to write it out. The length is bounded, however many mappings there are: some 5 KiB of
 * text, some 250 KiB of JSON. daxwin_window_foreach() shows all of them. Any thread.
 *
 * Returns: (transfer full): a string to be freed with g_free(); the text ends with a newline, the
 *   JSON without one
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
char *daxwin_window_describe(DaxwinWindow *window, DaxwinDescribeFormat format);

G_END_DECLS
