/* SPDX-License-Identifier: BSD-3-Clause */
/* copy.h: reading and writing window memory without ever being hit by a signal. */
#pragma once

#include "reservation.h"

/* Copies @length bytes, of any alignment, from or to the window. DAXWIN_ERROR_RANGE if they leave
 * it, DAXWIN_ERROR_FAULT if a byte of them cannot be touched; those before it are copied. */
bool daxwin_copy_from(const DaxwinReservation *reservation, uint64_t offset, void *buffer,
                      size_t length, GError **error);
bool daxwin_copy_to(const DaxwinReservation *reservation, uint64_t offset, const void *buffer,
                    size_t length, GError **error);
