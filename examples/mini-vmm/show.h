/* SPDX-License-Identifier: BSD-3-Clause */
/* show.h: what mini-vmm prints about the window. */
#pragma once

#include <daxwin/daxwin.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prints the device as the guest's firmware would find it. */
void show_device(DaxwinWindow *window);

/* Prints what a guest of @guest may do with idle memory, and what the kernel says of it. */
void show_idle_memory(DaxwinWindow *window, DaxwinArch guest);

/* Prints a picture of the window, and what it has done. */
void show_window(DaxwinWindow *window);

/* Prints how many pages are covered by zeros, if there are any. */
void show_contained(DaxwinWindow *window);

/* Prints @length bytes in hexadecimal behind @label. */
void show_bytes(const char *label, const uint8_t *bytes, size_t length);

/* Prints that the window is as the kernel says; false with an error if it is not. */
bool show_audit(DaxwinWindow *window, GError **error);
