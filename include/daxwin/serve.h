/* SPDX-License-Identifier: BSD-3-Clause */
/* serve.h: one call for each request that a vhost-user backend can send about a window. */
#pragma once

#include <daxwin/fs-message.h>
#include <daxwin/macros.h>
#include <daxwin/shmem-message.h>
#include <daxwin/transfer.h>
#include <daxwin/window.h>

#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/*
 * Each function takes the payload of a request and returns the word that goes into the reply: 0,
 * or the number of bytes moved, or a negative errno as an unsigned number. The error says the same
 * in more words. A payload is first decoded, then a device without a window is told apart, then
 * its entries are judged, all of them before anything is done. Which overlaps are allowed is
 * decided by the flags of the window: give FS requests a default one, SHMEM requests a strict one.
 * A payload is never modified, a file descriptor never closed. Any thread.
 */

/**
 * daxwin_serve_fs_map:
 * @window: (nullable): the window, NULL for a device without one
 * @dialect: the layout the backend speaks
 * @payload: (not nullable): the bytes behind the vhost-user header
 * @length: how many
 * @fd: the file that came with the request, -1 for none; borrowed
 * @error: where to say why not
 *
 * Answers FS_MAP: all entries are mapped, or none. Entries of length 0 ask for nothing.
 *
 * Returns: 0; or -errno with an error as of daxwin_window_map(), DAXWIN_ERROR_MESSAGE or
 *   DAXWIN_ERROR_NO_WINDOW
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_serve_fs_map(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload,
                             size_t length, int fd, GError **error);

/**
 * daxwin_serve_fs_unmap:
 * @window: (nullable): the window, NULL for a device without one
 * @dialect: the layout the backend speaks
 * @payload: (not nullable): the bytes behind the vhost-user header
 * @length: how many
 * @error: where to say why not
 *
 * Answers FS_UNMAP: all entries are tried, the first failure is reported. An entry of length
 * DAXWIN_FS_LENGTH_ALL, at whatever offset, and a DAXWIN_FS_DIALECT_ENTRIES payload without
 * entries mean the whole window; a device without one has done that already.
 *
 * Returns: 0; or -errno with an error as of daxwin_window_unmap(), DAXWIN_ERROR_MESSAGE or
 *   DAXWIN_ERROR_NO_WINDOW
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_serve_fs_unmap(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload,
                               size_t length, GError **error);

/**
 * daxwin_serve_fs_sync:
 * @window: (nullable): the window, NULL for a device without one
 * @dialect: the layout the backend speaks
 * @payload: (not nullable): the bytes behind the vhost-user header
 * @length: how many
 * @error: where to say why not
 *
 * Answers FS_SYNC: all entries are tried, the first failure is reported.
 *
 * Returns: 0; or -errno with an error as of daxwin_window_sync(), DAXWIN_ERROR_MESSAGE or
 *   DAXWIN_ERROR_NO_WINDOW
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_serve_fs_sync(DaxwinWindow *window, DaxwinFsDialect dialect, const void *payload,
                              size_t length, GError **error);

/**
 * daxwin_serve_fs_io:
 * @dialect: the layout the backend speaks
 * @payload: (not nullable): the bytes behind the vhost-user header
 * @length: how many
 * @fd: the file that came with the request, -1 for none; borrowed
 * @resolve: (scope call): finds guest memory by guest-physical address
 * @user_data: what to give it
 * @error: where to say why not
 *
 * Answers FS_IO: moves bytes between the file and guest memory. It needs no window. Each entry
 * goes one way: speakers disagree on what both flags together mean, so that is refused.
 *
 * Returns: how many bytes were moved; or -errno with an error as of daxwin_transfer_run(),
 *   DAXWIN_ERROR_ACCESS or DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_serve_fs_io(DaxwinFsDialect dialect, const void *payload, size_t length, int fd,
                            DaxwinResolveFunc resolve, void *user_data, GError **error);

/**
 * daxwin_serve_shmem_map:
 * @windows: (array length=n_windows): the windows by shmid, NULL where there is none
 * @n_windows: how many
 * @payload: (not nullable): the bytes behind the vhost-user header
 * @length: how many
 * @fd: the file that came with the request, -1 for none; borrowed
 * @error: where to say why not
 *
 * Answers SHMEM_MAP. A reply is due only if the request asked for one.
 *
 * Returns: 0; or -errno with an error as of daxwin_window_map(), DAXWIN_ERROR_MESSAGE or
 *   DAXWIN_ERROR_NO_WINDOW
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_serve_shmem_map(DaxwinWindow *const *windows, size_t n_windows, const void *payload,
                                size_t length, int fd, GError **error);

/**
 * daxwin_serve_shmem_unmap:
 * @windows: (array length=n_windows): the windows by shmid, NULL where there is none
 * @n_windows: how many
 * @payload: (not nullable): the bytes behind the vhost-user header
 * @length: how many
 * @error: where to say why not
 *
 * Answers SHMEM_UNMAP. A reply is due only if the request asked for one.
 *
 * Returns: 0; or -errno with an error as of daxwin_window_unmap(), DAXWIN_ERROR_MESSAGE or
 *   DAXWIN_ERROR_NO_WINDOW
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_serve_shmem_unmap(DaxwinWindow *const *windows, size_t n_windows,
                                  const void *payload, size_t length, GError **error);

G_END_DECLS
