/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.h: what the recorded guest would have asked of a window of another size. */
#pragma once

#include "recording.h"

typedef struct _Guest Guest;

/* Is given one request; false with an error ends the feeding. */
typedef bool (*GuestFunc)(const RecordedStep *request, void *user_data, GError **error);

/* Makes a guest with a window of @window_size bytes; NULL with an error if it has no room for the
 * pieces of @recording, which must outlive the guest. */
Guest *guest_new(const Recording *recording, uint64_t window_size, GError **error);

void guest_free(Guest *guest);

/* Gives @func what the guest asks where the recorded one asked for @step: with a window of the
 * recorded size just that; else see doc/replay.md. */
bool guest_feed(Guest *guest, const RecordedStep *step, GuestFunc func, void *user_data,
                GError **error);

/* How many maps the guest could do without, for it had the piece still. */
uint64_t guest_get_hits(const Guest *guest);

/* How many pieces it had to give up for others. */
uint64_t guest_get_evictions(const Guest *guest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)
