/* SPDX-License-Identifier: BSD-3-Clause */
/* size.h: how big a window may be, and how people write it down. */
#pragma once

#include <daxwin/macros.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * daxwin_host_page_size:
 *
 * Gives the page size of the host, in bytes: the unit of every offset and length in a window.
 * Any thread.
 *
 * Returns: a power of two, e.g. 4096 or 65536
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
size_t daxwin_host_page_size(void);

/**
 * daxwin_size_check:
 * @size: a size in bytes
 * @error: where to say why not
 *
 * Checks that a window can have @size bytes: a power of two, at least the host page, and no more
 * than this host can address (a 32-bit host refuses 4 GiB). A PCI BAR has to be a power of two,
 * and a guest maps whole pages. 0 is refused: a device without a window has none. Any thread.
 *
 * Returns: true if so; false with DAXWIN_ERROR_SIZE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_size_check(uint64_t size, GError **error);

/**
 * daxwin_size_parse:
 * @text: (not nullable): a number, decimal or hexadecimal after "0x", with at most one of the
 *   letters K M G T P E in either case behind it, which stand for powers of 1024
 * @size: (out): the number of bytes, 0 included; left alone on failure
 * @error: where to say why not
 *
 * Reads a size as people write it on a command line: "16G", "2m", "65536", "0x200000". It only
 * reads: daxwin_size_check() judges whether a window can have it. Any thread.
 *
 * Returns: true if @text is a size below 16 EiB; false with DAXWIN_ERROR_SIZE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_size_parse(const char *text, uint64_t *size, GError **error);

/**
 * daxwin_size_caution:
 * @size: a size that daxwin_size_check() accepts
 *
 * Says what will disappoint about a legal size. Below 2 MiB a Linux guest cannot use the device at
 * all: its probe fails, because memory is added in steps of 2 MiB (Linux mm/memory_hotplug.c) and
 * its DAX ranges have 2 MiB (Linux fs/fuse/dax.c). Any thread.
 *
 * Returns: (nullable) (transfer none): one sentence for the user, or NULL if the size is fine
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
const char *daxwin_size_caution(uint64_t size);

G_END_DECLS
