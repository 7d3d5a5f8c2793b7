/* SPDX-License-Identifier: BSD-3-Clause */
/* shm-capability.c: how a virtio device tells its driver where a shared memory region lies. */
#include "checked.h"

#include "error-private.h"

#include <daxwin/shm-capability.h>

#include <string.h>

enum {
    PCI_CAP_ID_VENDOR = 0x09,
    VIRTIO_PCI_CAP_SHARED_MEMORY_CFG = 8,
    HIGHEST_BAR = 5
};

/* Where the fields of struct virtio_pci_cap64 stand. */
enum {
    AT_VENDOR = 0,
    AT_NEXT = 1,
    AT_LENGTH = 2,
    AT_TYPE = 3,
    AT_BAR = 4,
    AT_ID = 5,
    AT_OFFSET_LOW = 8,
    AT_LENGTH_LOW = 12,
    AT_OFFSET_HIGH = 16,
    AT_LENGTH_HIGH = 20
};

static void
put_le32(uint8_t *bytes, uint32_t value)
{
    uint32_t little = GUINT32_TO_LE(value);

    memcpy(bytes, &little, sizeof little);
}

static uint32_t
get_le32(const uint8_t *bytes)
{
    uint32_t little;

    memcpy(&little, bytes, sizeof little);
    return GUINT32_FROM_LE(little);
}

static uint32_t
low_half(uint64_t value)
{
    return (uint32_t)value;
}

static uint32_t
high_half(uint64_t value)
{
    return (uint32_t)(value >> 32);
}

static uint64_t
join_halves(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

void
daxwin_shm_capability_encode(uint8_t out[24], uint8_t bar, uint8_t id, uint64_t offset,
                             uint64_t length, uint8_t next)
{
    g_return_if_fail(out != NULL && bar <= HIGHEST_BAR);

    memset(out, 0, DAXWIN_SHM_CAPABILITY_LENGTH);
    out[AT_VENDOR] = PCI_CAP_ID_VENDOR;
    out[AT_NEXT] = next;
    out[AT_LENGTH] = DAXWIN_SHM_CAPABILITY_LENGTH;
    out[AT_TYPE] = VIRTIO_PCI_CAP_SHARED_MEMORY_CFG;
    out[AT_BAR] = bar;
    out[AT_ID] = id;
    put_le32(out + AT_OFFSET_LOW, low_half(offset));
    put_le32(out + AT_LENGTH_LOW, low_half(length));
    put_le32(out + AT_OFFSET_HIGH, high_half(offset));
    put_le32(out + AT_LENGTH_HIGH, high_half(length));
}

static bool
check_byte(const uint8_t *bytes, size_t position, uint8_t expected, const char *what,
           GError **error)
{
    if (bytes[position] != expected) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE, "capability has %s %u instead of %u",
                    what, bytes[position], expected);
        return false;
    }
    return true;
}

static bool
check_place(const DaxwinShmCapability *capability, GError **error)
{
    uint64_t end;

    if (capability->bar > HIGHEST_BAR) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE, "capability names BAR %u, above %d",
                    capability->bar, HIGHEST_BAR);
        return false;
    }
    if (!daxwin_checked_add(capability->offset, capability->length, &end)) {
        g_set_error_literal(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE,
                            "capability describes a region that wraps around 2^64");
        return false;
    }
    return true;
}

bool
daxwin_shm_capability_decode(const uint8_t bytes[24], DaxwinShmCapability *out, GError **error)
{
    g_return_val_if_fail(bytes != NULL && out != NULL, false);

    DaxwinShmCapability capability = {
        .bar = bytes[AT_BAR],
        .id = bytes[AT_ID],
        .next = bytes[AT_NEXT],
        .offset = join_halves(get_le32(bytes + AT_OFFSET_LOW), get_le32(bytes + AT_OFFSET_HIGH)),
        .length = join_halves(get_le32(bytes + AT_LENGTH_LOW), get_le32(bytes + AT_LENGTH_HIGH)),
    };

    if (!check_byte(bytes, AT_VENDOR, PCI_CAP_ID_VENDOR, "vendor id", error) ||
        !check_byte(bytes, AT_LENGTH, DAXWIN_SHM_CAPABILITY_LENGTH, "length", error) ||
        !check_byte(bytes, AT_TYPE, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, "type", error) ||
        !check_place(&capability, error)) {
        return false;
    }
    *out = capability;
    return true;
}

bool
daxwin_shm_mmio_read(const DaxwinShmMmioRegion *region, uint32_t offset, uint32_t *value)
{
    g_return_val_if_fail(value != NULL, false);

    uint64_t base = region != NULL ? region->base : UINT64_MAX;
    uint64_t length = region != NULL ? region->length : UINT64_MAX;

    switch (offset) {
    case DAXWIN_SHM_MMIO_LEN_LOW:
        *value = low_half(length);
        return true;
    case DAXWIN_SHM_MMIO_LEN_HIGH:
        *value = high_half(length);
        return true;
    case DAXWIN_SHM_MMIO_BASE_LOW:
        *value = low_half(base);
        return true;
    case DAXWIN_SHM_MMIO_BASE_HIGH:
        *value = high_half(base);
        return true;
    default:
        return false;
    }
}
