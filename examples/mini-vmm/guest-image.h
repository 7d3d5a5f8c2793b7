/* SPDX-License-Identifier: BSD-3-Clause */
/* guest-image.h: the assembled guest, to be loaded at ENTRY_ADDRESS. */
#pragma once

#include <stdint.h>

extern const uint8_t guest_image[];
extern const uint8_t guest_image_end[];
