/* SPDX-License-Identifier: BSD-3-Clause */
/* shm-capability.h: how a virtio device tells its driver where a shared memory region lies. */
#pragma once

#include <daxwin/macros.h>

#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * DAXWIN_SHM_CAPABILITY_LENGTH:
 *
 * The length of the PCI capability, in bytes. Linux accepts no other.
 *
 * Since: 0.1
 */
#define DAXWIN_SHM_CAPABILITY_LENGTH 24

/**
 * DAXWIN_SHM_ID_CACHE:
 *
 * The id of the DAX window of a virtio-fs device (virtio specification, "File System Device").
 *
 * Since: 0.1
 */
#define DAXWIN_SHM_ID_CACHE 0

/**
 * DaxwinShmCapability:
 * @bar: the PCI base address register, 0 to 5
 * @id: which region
 * @next: where in configuration space the next capability is, 0 for none
 * @offset: bytes from the start of the BAR
 * @length: bytes
 *
 * What the PCI capability says.
 *
 * Since: 0.1
 */
typedef struct {
    uint8_t bar;
    uint8_t id;
    uint8_t next;
    uint64_t offset;
    uint64_t length;
} DaxwinShmCapability;

/**
 * daxwin_shm_capability_encode:
 * @out: (out caller-allocates) (array fixed-size=24): the bytes
 * @bar: the PCI base address register, 0 to 5
 * @id: which region; DAXWIN_SHM_ID_CACHE for the DAX window
 * @offset: bytes from the start of the BAR
 * @length: bytes; the region must end inside the BAR
 * @next: where in configuration space the next capability is, 0 for none
 *
 * Writes the vendor-specific capability of type VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, little-endian on
 * every host (virtio specification, "Virtio Over PCI Bus", Shared memory capability). Any thread.
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void daxwin_shm_capability_encode(uint8_t out[24], uint8_t bar, uint8_t id, uint64_t offset,
                                  uint64_t length, uint8_t next);

/**
 * daxwin_shm_capability_decode:
 * @bytes: (array fixed-size=24): the bytes
 * @out: (out) (not nullable): what they say; left alone on failure
 * @error: where to say why not
 *
 * Reads such a capability, and refuses what a Linux driver would not take for one: another vendor
 * id, length or type, a BAR above 5, a region that wraps. Any thread.
 *
 * Returns: true if it is one; false with DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_shm_capability_decode(const uint8_t bytes[24], DaxwinShmCapability *out,
                                  GError **error);

/**
 * DaxwinShmMmioRegister:
 * @DAXWIN_SHM_MMIO_SEL: SHMSel: the driver writes the id it asks about
 * @DAXWIN_SHM_MMIO_LEN_LOW: SHMLenLow
 * @DAXWIN_SHM_MMIO_LEN_HIGH: SHMLenHigh
 * @DAXWIN_SHM_MMIO_BASE_LOW: SHMBaseLow
 * @DAXWIN_SHM_MMIO_BASE_HIGH: SHMBaseHigh
 *
 * Offsets of the registers of a virtio-mmio device (virtio specification, "Virtio Over MMIO").
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_SHM_MMIO_SEL = 0x0ac,
    DAXWIN_SHM_MMIO_LEN_LOW = 0x0b0,
    DAXWIN_SHM_MMIO_LEN_HIGH = 0x0b4,
    DAXWIN_SHM_MMIO_BASE_LOW = 0x0b8,
    DAXWIN_SHM_MMIO_BASE_HIGH = 0x0bc
} DaxwinShmMmioRegister;

/**
 * DaxwinShmMmioRegion:
 * @base: guest-physical address of the first byte
 * @length: bytes
 *
 * A region of a virtio-mmio device.
 *
 * Since: 0.1
 */
typedef struct {
    uint64_t base;
    uint64_t length;
} DaxwinShmMmioRegion;

/**
 * daxwin_shm_mmio_read:
 * @region: (nullable): the region that SHMSel selects, NULL if the device has none of that id
 * @offset: the register, as an offset into the device
 * @value: (out) (not nullable): what the driver reads; left alone for other registers
 *
 * Answers a read of one of the four registers that describe a region. Where there is none, length
 * and base read as all ones. Any thread.
 *
 * Returns: true if @offset is one of the four
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_shm_mmio_read(const DaxwinShmMmioRegion *region, uint32_t offset, uint32_t *value);

G_END_DECLS
