/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-daxfsd-rings.c: guest memory with rings in it, of a guest that writes whatever it likes. */
#include "fuzz/fuzz.h"

#include "guest.h"
#include "virtqueue.h"

#include <string.h>

/* How an input is read: the logarithm of the queue's size, whether there is an event index, and
 * what the guest has written, from the descriptors on. Indirect tables and buffers are in there,
 * too, if addresses lead back to it. */
enum {
    RINGS = GUEST_LOW,
    MAX_SIZE_LOG = 6,
    MAX_CHAINS = 100
};

static Guest guest;
static MemoryTable *table;

/* What is written by one address is read by the other. */
static void
judge_byte(uint8_t *host, uint64_t guest_address)
{
    const uint8_t *seen = guest_at(&guest, guest_address);
    uint8_t before = *host;

    must(seen != NULL);
    *(volatile uint8_t *)host = (uint8_t)(before + 1);
    must(*(const volatile uint8_t *)seen == (uint8_t)(before + 1));
    *host = before;
}

/* Pieces lie end to end, and are where the guest says. */
static void
judge(const GuestBuffer *buffer)
{
    size_t length = 0;

    must(buffer->n <= GUEST_BUFFER_MAX_PIECES);
    for (size_t i = 0; i < buffer->n; i++) {
        const GuestPiece *piece = &buffer->pieces[i];
        size_t last = piece->length - 1;

        must(piece->offset == length && piece->length > 0);
        if (piece->host != NULL) {
            judge_byte(piece->host, piece->guest_address);
            judge_byte(piece->host + last, piece->guest_address + last);
        }
        length += piece->length;
    }
    must(buffer->length == length);
}

/* Serves chains until there are no more, or the queue makes no sense. */
static void
serve(VirtQueue *queue)
{
    static Chain chain;

    for (int i = 0; i < MAX_CHAINS; i++) {
        bool is_empty;
        bool wants_call;

        if (!virtqueue_pop(queue, table, &chain, &is_empty, NULL)) {
            return;
        }
        if (is_empty) {
            (void)virtqueue_ask_for_kick(queue, table, &is_empty, NULL);
            return;
        }
        judge(&chain.readable);
        judge(&chain.writable);
        must(virtqueue_push(queue, table, chain.head, 1, NULL));
        must(virtqueue_wants_call(queue, table, &wants_call, NULL));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Driver driver;
    VirtQueue queue;

    if (table == NULL) {
        must(guest_open(&guest));
        table = guest_new_table(&guest);
        must(table != NULL);
    }
    if (size < 2 || size > DRIVER_SPACE) {
        return 0;
    }
    driver = driver_new(&guest, RINGS, (uint16_t)(1 << data[0] % (MAX_SIZE_LOG + 1)));
    queue = (VirtQueue){
        .size = driver.size,
        .descriptors_address = GUEST_USER_ADDRESS(driver.address),
        .available_address = GUEST_USER_ADDRESS(driver.available_address),
        .used_address = GUEST_USER_ADDRESS(driver.used_address),
        .has_event_index = (data[1] & 1) != 0,
    };
    memcpy(guest_at(&guest, RINGS), data + 2, size - 2);
    must(virtqueue_start(&queue, table, NULL));
    serve(&queue);
    return 0;
}
