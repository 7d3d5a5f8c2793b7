/* SPDX-License-Identifier: BSD-3-Clause */
/* shm-capability.h: how a virtio PCI device tells its driver about a shared memory region. */
#pragma once

#include <stdint.h>

enum {
    SHM_CAPABILITY_SIZE = 24
};

typedef struct {
    uint8_t bar;     /* in which BAR of the device the region lies */
    uint8_t id;      /* which region it is, 0 for the cache window of virtio-fs */
    uint64_t offset; /* from the start of the BAR */
    uint64_t length;
} ShmCapability;

/* Writes the capability as it stands in PCI configuration space, the last of the list. */
void shm_capability_encode(const ShmCapability *capability, uint8_t out[SHM_CAPABILITY_SIZE]);
