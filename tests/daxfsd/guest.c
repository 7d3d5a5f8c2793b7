/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.c: the memory of a made-up guest, and the driver's side of its virtqueues. */
#include "guest.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool
guest_open(Guest *guest)
{
    const uint64_t addresses[] = { GUEST_LOW, GUEST_HIGH, GUEST_TOP };
    const uint64_t sizes[] = { GUEST_LOW_SIZE, GUEST_HIGH_SIZE, GUEST_TOP_SIZE };
    uint64_t offset = 0;

    for (size_t i = 0; i < GUEST_REGIONS; i++) {
        guest->regions[i] =
            (MemoryRegion){ addresses[i], sizes[i], GUEST_USER_ADDRESS(addresses[i]), offset };
        offset += sizes[i];
    }
    guest->memory = MAP_FAILED;
    guest->fd = memfd_create("guest", MFD_CLOEXEC);
    if (guest->fd >= 0 && ftruncate(guest->fd, GUEST_SIZE) == 0) {
        guest->memory = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, guest->fd, 0);
    }
    return guest->memory != MAP_FAILED;
}

void
guest_close(Guest *guest)
{
    if (guest->memory != MAP_FAILED) {
        munmap(guest->memory, GUEST_SIZE);
    }
    close(guest->fd);
}

MemoryTable *
guest_new_table(const Guest *guest)
{
    const int fds[GUEST_REGIONS] = { guest->fd, guest->fd, guest->fd };

    return memory_table_new(guest->regions, fds, GUEST_REGIONS, NULL);
}

void *
guest_at(const Guest *guest, uint64_t address)
{
    for (size_t i = 0; i < GUEST_REGIONS; i++) {
        const MemoryRegion *region = &guest->regions[i];

        if (address >= region->guest_address && address - region->guest_address < region->size) {
            return guest->memory + region->mmap_offset + (address - region->guest_address);
        }
    }
    return NULL;
}

Driver
driver_new(const Guest *guest, uint64_t address, uint16_t size)
{
    uint64_t available = address + size * sizeof(struct vring_desc);
    uint64_t used = address + DRIVER_SPACE / 2;

    memset(guest_at(guest, address), 0, DRIVER_SPACE);
    return (Driver){
        .guest = guest,
        .size = size,
        .address = address,
        .available_address = available,
        .used_address = used,
    };
}

struct vring_desc *
driver_descriptor(const Driver *driver, uint16_t index)
{
    return (struct vring_desc *)guest_at(driver->guest, driver->address) + index;
}

struct vring_avail *
driver_available(const Driver *driver)
{
    return guest_at(driver->guest, driver->available_address);
}

struct vring_used *
driver_used(const Driver *driver)
{
    return guest_at(driver->guest, driver->used_address);
}

void
driver_offer(Driver *driver, uint16_t head)
{
    struct vring_avail *available = driver_available(driver);

    available->ring[driver->offered % driver->size] = head;
    driver->offered++;
    __atomic_store_n(&available->idx, driver->offered, __ATOMIC_SEQ_CST);
}

bool
driver_take(Driver *driver, struct vring_used_elem *element)
{
    struct vring_used *used = driver_used(driver);

    if (__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) == driver->taken) {
        return false;
    }
    *element = used->ring[driver->taken % driver->size];
    driver->taken++;
    return true;
}
