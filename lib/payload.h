/* SPDX-License-Identifier: BSD-3-Clause */
/* payload.h: the length checks that all message layouts share. */
#pragma once

#include <glib.h>

#include <stdbool.h>
#include <stddef.h>

/* Checks that a payload of @length bytes has the @expected ones. */
bool daxwin_payload_check_length(size_t length, size_t expected, GError **error);

/* Checks that @capacity bytes are room for a payload of @needed bytes. */
bool daxwin_payload_check_room(size_t needed, size_t capacity, GError **error);
