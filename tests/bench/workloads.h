/* SPDX-License-Identifier: BSD-3-Clause */
/* workloads.h: what is measured. */
#pragma once

#include "race.h"

typedef struct {
    const char *name;
    const char *summary;
    void (*run)(Bench *bench);
} Workload;

/* The bare calls in our place; how far the figures can be trusted. */
void workload_null(Bench *bench);

void workload_pair(Bench *bench);
void workload_page(Bench *bench);
void workload_replace(Bench *bench);
void workload_threads(Bench *bench);
void workload_batch_contiguous(Bench *bench);
void workload_batch_scattered(Bench *bench);
void workload_clear(Bench *bench);
void workload_lookup(Bench *bench);
void workload_foreach(Bench *bench);
void workload_transfer(Bench *bench);
void workload_serve(Bench *bench);
void workload_create(Bench *bench);
void workload_recordings(Bench *bench);
void workload_first_read(Bench *bench);

static const uint64_t KIB = UINT64_C(1) << 10;
static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t GIB = UINT64_C(1) << 30;
