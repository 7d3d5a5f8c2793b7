/* SPDX-License-Identifier: BSD-3-Clause */
/* shm-capability.c: how a virtio PCI device tells its driver about a shared memory region. */
#include "shm-capability.h"

#include <string.h>

/* Virtio specification, "Virtio Over PCI Bus": struct virtio_pci_cap64. */
enum {
    PCI_CAPABILITY_VENDOR_SPECIFIC = 0x09,
    VIRTIO_PCI_CAPABILITY_SHARED_MEMORY = 8,

    AT_CAPABILITY_ID = 0,
    AT_LENGTH_OF_CAPABILITY = 2,
    AT_TYPE = 3,
    AT_BAR = 4,
    AT_ID = 5,
    AT_OFFSET_LOW = 8,
    AT_LENGTH_LOW = 12,
    AT_OFFSET_HIGH = 16,
    AT_LENGTH_HIGH = 20
};

static void
put_little_endian(uint8_t *out, uint64_t number)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(number >> (8 * i));
    }
}

void
shm_capability_encode(const ShmCapability *capability, uint8_t out[SHM_CAPABILITY_SIZE])
{
    memset(out, 0, SHM_CAPABILITY_SIZE);
    out[AT_CAPABILITY_ID] = PCI_CAPABILITY_VENDOR_SPECIFIC;
    out[AT_LENGTH_OF_CAPABILITY] = SHM_CAPABILITY_SIZE;
    out[AT_TYPE] = VIRTIO_PCI_CAPABILITY_SHARED_MEMORY;
    out[AT_BAR] = capability->bar;
    out[AT_ID] = capability->id;
    put_little_endian(out + AT_OFFSET_LOW, capability->offset);
    put_little_endian(out + AT_LENGTH_LOW, capability->length);
    put_little_endian(out + AT_OFFSET_HIGH, capability->offset >> 32);
    put_little_endian(out + AT_LENGTH_HIGH, capability->length >> 32);
}
