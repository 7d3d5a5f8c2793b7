/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.c: what the recorded guest would have asked of a window of another size. */
#include "guest.h"

#include "failure.h"

#include <inttypes.h>

/* A part of a file that has a slot of the window, or had one of the recorded window. */
typedef struct {
    size_t file;
    uint64_t file_offset;
} Piece;

typedef struct {
    Piece piece;
    bool is_taken;
    uint64_t length;
    DaxwinAccess access;
    GList link; /* in the queue of taken slots, or of free ones */
} Slot;

struct _Guest {
    const Recording *recording;
    bool is_verbatim;
    uint64_t slot_size;
    Slot *slots;
    size_t n_slots;
    GQueue free;
    GQueue taken;         /* the one that was needed longest ago first */
    GHashTable *by_piece; /* Piece to Slot */
    GHashTable *recorded; /* slot of the recorded window to Piece */
    uint64_t hits;
    uint64_t evictions;
    GuestFunc func; /* while being fed */
    void *user_data;
};

static guint
hash_piece(const void *key)
{
    const Piece *piece = key;

    return g_int64_hash(&piece->file_offset) * 31 + (guint)piece->file;
}

static gboolean
is_same_piece(const void *left, const void *right)
{
    const Piece *a = left;
    const Piece *b = right;

    return a->file == b->file && a->file_offset == b->file_offset;
}

static uint64_t
find_slot_size(const Recording *recording)
{
    uint64_t size = daxwin_host_page_size();

    for (size_t i = 0; i < recording->steps->len; i++) {
        const RecordedStep *step = recording_step(recording, i);

        size = step->kind == RECORDED_MAP ? MAX(size, step->length) : size;
    }
    return size;
}

static void
make_slots(Guest *guest, uint64_t window_size)
{
    guest->n_slots = window_size / guest->slot_size;
    guest->slots = g_new0(Slot, guest->n_slots);
    for (size_t i = 0; i < guest->n_slots; i++) {
        guest->slots[i].link.data = &guest->slots[i];
        g_queue_push_tail_link(&guest->free, &guest->slots[i].link);
    }
}

Guest *
guest_new(const Recording *recording, uint64_t window_size, GError **error)
{
    g_autoptr(Guest) guest = g_new0(Guest, 1);

    guest->recording = recording;
    guest->is_verbatim = window_size == recording->window_size;
    guest->slot_size = find_slot_size(recording);
    guest->by_piece = g_hash_table_new(hash_piece, is_same_piece);
    guest->recorded = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    if (guest->is_verbatim) {
        return g_steal_pointer(&guest);
    }
    if (window_size < guest->slot_size) {
        g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_SETUP,
                    "cache size %" PRIu64 " is less than the %" PRIu64
                    " that a piece of this recording takes",
                    window_size, guest->slot_size);
        return NULL;
    }
    make_slots(guest, window_size);
    return g_steal_pointer(&guest);
}

void
guest_free(Guest *guest)
{
    g_hash_table_unref(guest->by_piece);
    g_hash_table_unref(guest->recorded);
    g_free(guest->slots);
    g_free(guest);
}

uint64_t
guest_get_hits(const Guest *guest)
{
    return guest->hits;
}

uint64_t
guest_get_evictions(const Guest *guest)
{
    return guest->evictions;
}

static uint64_t
offset_of(const Guest *guest, const Slot *slot)
{
    return (uint64_t)(slot - guest->slots) * guest->slot_size;
}

/* Remembers that the recorded window shows @step's piece from now on. */
static void
note_recorded(Guest *guest, const RecordedStep *step)
{
    uint64_t slot = step->window_offset / guest->slot_size;
    const Piece piece = { step->file, step->file_offset };

    g_hash_table_replace(guest->recorded, g_memdup2(&slot, sizeof slot),
                         g_memdup2(&piece, sizeof piece));
}

static void
release(Guest *guest, Slot *slot)
{
    g_hash_table_remove(guest->by_piece, &slot->piece);
    g_queue_unlink(&guest->taken, &slot->link);
    g_queue_push_tail_link(&guest->free, &slot->link);
    slot->is_taken = false;
}

static bool
give_up(Guest *guest, Slot *slot, GError **error)
{
    const RecordedStep request = { .kind = RECORDED_UNMAP,
                                   .entries = 1,
                                   .window_offset = offset_of(guest, slot),
                                   .length = slot->length };

    release(guest, slot);
    return guest->func(&request, guest->user_data, error);
}

static void
take(Guest *guest, Slot *slot, const RecordedStep *step)
{
    g_queue_unlink(&guest->free, &slot->link);
    g_queue_push_tail_link(&guest->taken, &slot->link);
    slot->piece = (Piece){ step->file, step->file_offset };
    slot->is_taken = true;
    slot->length = step->length;
    slot->access = step->access;
    g_hash_table_insert(guest->by_piece, &slot->piece, slot);
}

static bool
ask_for(const Guest *guest, const Slot *slot, const RecordedStep *step, GError **error)
{
    RecordedStep request = *step;

    request.window_offset = offset_of(guest, slot);
    request.length = slot->length;
    request.access = slot->access;
    return guest->func(&request, guest->user_data, error);
}

/* The guest needs a piece that it has: perhaps more of it, or to write to it too. */
static bool
use_again(Guest *guest, Slot *slot, const RecordedStep *step, GError **error)
{
    bool is_enough = step->length <= slot->length && (step->access & ~slot->access) == 0;

    g_queue_unlink(&guest->taken, &slot->link);
    g_queue_push_tail_link(&guest->taken, &slot->link);
    if (is_enough) {
        guest->hits++;
        return true;
    }
    slot->length = MAX(slot->length, step->length);
    slot->access |= step->access;
    return ask_for(guest, slot, step, error);
}

static bool
need(Guest *guest, const RecordedStep *step, GError **error)
{
    const Piece piece = { step->file, step->file_offset };
    Slot *slot = g_hash_table_lookup(guest->by_piece, &piece);

    if (slot != NULL) {
        return use_again(guest, slot, step, error);
    }
    if (g_queue_is_empty(&guest->free)) {
        guest->evictions++;
        if (!give_up(guest, guest->taken.head->data, error)) {
            return false;
        }
    }
    slot = guest->free.head->data;
    take(guest, slot, step);
    return ask_for(guest, slot, step, error);
}

/* Takes away what the recorded guest gave up of its own accord, and not only for want of room. */
static bool
drop(Guest *guest, const RecordedStep *step, GError **error)
{
    uint64_t first = step->window_offset / guest->slot_size;
    uint64_t last = (step->window_offset + step->length - 1) / guest->slot_size;
    bool is_reclaim = step->entries == 1;

    for (uint64_t i = first; step->length > 0 && i <= last; i++) {
        const Piece *piece = g_hash_table_lookup(guest->recorded, &i);
        Slot *slot = piece != NULL ? g_hash_table_lookup(guest->by_piece, piece) : NULL;

        g_hash_table_remove(guest->recorded, &i);
        if (slot != NULL && !is_reclaim && !give_up(guest, slot, error)) {
            return false;
        }
    }
    return true;
}

static bool
drop_all(Guest *guest, GError **error)
{
    const RecordedStep request = { .kind = RECORDED_UNMAP,
                                   .entries = 1,
                                   .length = guest->n_slots * guest->slot_size };

    while (!g_queue_is_empty(&guest->taken)) {
        release(guest, guest->taken.head->data);
    }
    g_hash_table_remove_all(guest->recorded);
    return guest->func(&request, guest->user_data, error);
}

bool
guest_feed(Guest *guest, const RecordedStep *step, GuestFunc func, void *user_data, GError **error)
{
    guest->func = func;
    guest->user_data = user_data;
    if (guest->is_verbatim || step->kind == RECORDED_IO) {
        return func(step, user_data, error);
    }
    if (step->kind == RECORDED_MAP) {
        note_recorded(guest, step);
        return need(guest, step, error);
    }
    return recording_is_clear(guest->recording, step) ? drop_all(guest, error)
                                                      : drop(guest, step, error);
}
