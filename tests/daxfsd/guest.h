/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.h: the memory of a made-up guest, and the driver's side of its virtqueues. */
#pragma once

#include "memory-table.h"

#include <linux/virtio_ring.h>

/* Two regions with a gap between them, and a third that continues the second. */
enum {
    GUEST_REGIONS = 3,
    GUEST_LOW = 0x10000, /* where the rings are */
    GUEST_LOW_SIZE = 0x100000,
    GUEST_HIGH = 0x400000, /* where the buffers are */
    GUEST_HIGH_SIZE = 0x100000,
    GUEST_TOP = GUEST_HIGH + GUEST_HIGH_SIZE,
    GUEST_TOP_SIZE = 0x10000,
    GUEST_SIZE = GUEST_LOW_SIZE + GUEST_HIGH_SIZE + GUEST_TOP_SIZE
};

/* The front end has the guest's memory at other addresses than the guest. */
#define GUEST_USER_ADDRESS(guest_address) (UINT64_C(0x700000000000) + (guest_address))

typedef struct {
    int fd;
    uint8_t *memory;
    MemoryRegion regions[GUEST_REGIONS];
} Guest;

/* False if the host has no memory for it. */
bool guest_open(Guest *guest);

void guest_close(Guest *guest);

/* What a daemon makes of its memory. */
MemoryTable *guest_new_table(const Guest *guest);

/* The memory at an address, which must be in a region. */
void *guest_at(const Guest *guest, uint64_t address);

/* A virtqueue, at this address and behind it. */
typedef struct {
    const Guest *guest;
    uint16_t size;
    uint64_t address; /* of the descriptors */
    uint64_t available_address;
    uint64_t used_address;
    uint16_t offered; /* the available index */
    uint16_t taken;   /* how far the used ring has been read */
} Driver;

enum {
    DRIVER_SPACE = 0x10000 /* what a queue of up to 1024 takes */
};

/* Clears the rings. */
Driver driver_new(const Guest *guest, uint64_t address, uint16_t size);

struct vring_desc *driver_descriptor(const Driver *driver, uint16_t index);
struct vring_avail *driver_available(const Driver *driver);
struct vring_used *driver_used(const Driver *driver);

/* Makes the chain that starts with descriptor @head available. */
void driver_offer(Driver *driver, uint16_t head);

/* Takes the next used element; false if there is none. */
bool driver_take(Driver *driver, struct vring_used_elem *element);
