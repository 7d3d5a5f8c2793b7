/* SPDX-License-Identifier: BSD-3-Clause */
/* churn.h: threads that map and unmap memory as fast as they can, and so fall into every hole. */
#pragma once

#include "support/pages.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
    CHURN_THREADS = 4
};

typedef struct {
    pthread_t threads[CHURN_THREADS];
    atomic_bool is_paused;
    atomic_bool is_over;
    atomic_uint n_rounds;
} Churn;

static inline void *
churn_run(void *data)
{
    Churn *churn = (Churn *)data;

    for (size_t round = 0; !atomic_load(&churn->is_over); round++) {
        size_t length = (size_t)pages(1 + round % 3);
        uint64_t *memory = atomic_load(&churn->is_paused)
                               ? (uint64_t *)MAP_FAILED
                               : (uint64_t *)mmap(NULL, length, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory != MAP_FAILED) {
            *memory = mark_of(CHURN_THREADS, round);
            (void)munmap(memory, length);
            atomic_fetch_add(&churn->n_rounds, 1);
        }
    }
    return NULL;
}

/* Fills all holes above @address: the kernel takes the highest that fits, and @address is to be
 * the one. The plugs stay. */
static inline void
churn_plug_holes_above(const void *address)
{
    for (uint64_t length = UINT64_C(1) << 28; length >= pages(1); length /= 2) {
        void *plug;

        do {
            plug = mmap(NULL, (size_t)length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        } while (plug != MAP_FAILED && (uintptr_t)plug > (uintptr_t)address);
        if (plug != MAP_FAILED) {
            (void)munmap(plug, (size_t)length);
        }
    }
}

static inline void
churn_start(Churn *churn, const void *address)
{
    *churn = (Churn){ .is_paused = true };
    for (size_t i = 0; i < CHURN_THREADS; i++) {
        if (pthread_create(&churn->threads[i], NULL, churn_run, churn) != 0) {
            abort();
        }
    }
    churn_plug_holes_above(address);
    atomic_store(&churn->is_paused, false);
}

static inline void
churn_stop(Churn *churn)
{
    atomic_store(&churn->is_over, true);
    for (size_t i = 0; i < CHURN_THREADS; i++) {
        (void)pthread_join(churn->threads[i], NULL);
    }
}
