/* SPDX-License-Identifier: BSD-3-Clause */
/* pieces.c: a window with pieces of one big file at random slots. */
#include "pieces.h"

#include "random.h"

/* An odd number: slot * STRIDE goes through all pieces of the file, and never to the next one. */
static const uint64_t STRIDE = 7919;

DaxwinMapping
pieces_mapping(const Pieces *pieces, uint32_t slot)
{
    uint64_t piece = pieces->setting.piece;

    return (DaxwinMapping){ .window_offset = slot * piece,
                            .file_offset = slot * STRIDE % pieces->setting.n_slots * piece,
                            .length = piece,
                            .access = DAXWIN_ACCESS_READ };
}

void
pieces_map(const Pieces *pieces, uint32_t slot)
{
    DaxwinMapping mapping = pieces_mapping(pieces, slot);

    pieces->setting.contender->map(pieces->window, pieces->setting.fd, &mapping);
}

void
pieces_unmap(const Pieces *pieces, uint32_t slot)
{
    pieces->setting.contender->unmap(pieces->window, slot * pieces->setting.piece,
                                     pieces->setting.piece);
}

static uint32_t *
shuffle(size_t n)
{
    uint32_t *slots = g_new(uint32_t, n);
    Random random = random_seed(n);

    for (size_t i = 0; i < n; i++) {
        size_t other = random_below(&random, i + 1);

        slots[i] = slots[other];
        slots[other] = (uint32_t)i;
    }
    return slots;
}

void *
pieces_open(const void *setting)
{
    const PiecesSetting *wanted = setting;
    Pieces *pieces = g_new(Pieces, 1);

    *pieces = (Pieces){ *wanted, wanted->contender->open(wanted->piece * wanted->n_slots),
                        shuffle(wanted->n_slots) };
    for (size_t i = 0; i < wanted->n_live; i++) {
        pieces_map(pieces, pieces->slots[i]);
    }
    return pieces;
}

void
pieces_close(void *state)
{
    Pieces *pieces = state;

    pieces->setting.contender->close(pieces->window);
    g_free(pieces->slots);
    g_free(pieces);
}
