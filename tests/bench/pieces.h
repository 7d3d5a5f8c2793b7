/* SPDX-License-Identifier: BSD-3-Clause */
/* pieces.h: a window with pieces of one big file at random slots. */
#pragma once

#include "contenders.h"

typedef struct {
    const Contender *contender;
    uint64_t piece; /* bytes of a slot */
    size_t n_slots; /* a power of two */
    size_t n_live;  /* less than n_slots */
    int fd;         /* of piece * n_slots bytes */
} PiecesSetting;

typedef struct {
    PiecesSetting setting;
    void *window;
    uint32_t *slots; /* all of them, shuffled: the first n_live have a piece */
} Pieces;

/* Opens a window by a PiecesSetting and fills n_live slots. These two are what a Racer wants. */
void *pieces_open(const void *setting);

void pieces_close(void *state);

/* What belongs into a slot; neighbours never continue each other in the file. */
DaxwinMapping pieces_mapping(const Pieces *pieces, uint32_t slot);

void pieces_map(const Pieces *pieces, uint32_t slot);

void pieces_unmap(const Pieces *pieces, uint32_t slot);

static inline size_t
pieces_count_idle(const Pieces *pieces)
{
    return pieces->setting.n_slots - pieces->setting.n_live;
}
