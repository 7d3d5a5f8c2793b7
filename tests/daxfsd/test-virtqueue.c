/* SPDX-License-Identifier: BSD-3-Clause */
/* test-virtqueue.c: a device's side of a virtqueue, with guests that are sane and others. */
#include "support/testing.h"

#include "failure.h"
#include "guest.h"
#include "virtqueue.h"

#include <string.h>

enum {
    SIZE = 8,
    RINGS = GUEST_LOW,
    INDIRECT = GUEST_LOW + DRIVER_SPACE, /* where indirect tables are put */
    NEXT = VRING_DESC_F_NEXT,
    WRITE = VRING_DESC_F_WRITE,
    VIA = VRING_DESC_F_INDIRECT
};

typedef struct {
    Guest guest;
    Driver driver;
    MemoryTable *table;
    VirtQueue queue;
    Chain chain;
} Stage;

static VirtQueue
queue_of(const Driver *driver)
{
    return (VirtQueue){
        .size = driver->size,
        .descriptors_address = GUEST_USER_ADDRESS(driver->address),
        .available_address = GUEST_USER_ADDRESS(driver->available_address),
        .used_address = GUEST_USER_ADDRESS(driver->used_address),
    };
}

static int
set_up(void **state)
{
    Stage *stage = g_new0(Stage, 1);

    *state = stage;
    if (!guest_open(&stage->guest)) {
        return -1;
    }
    stage->driver = driver_new(&stage->guest, RINGS, SIZE);
    stage->table = guest_new_table(&stage->guest);
    stage->queue = queue_of(&stage->driver);
    return stage->table != NULL && virtqueue_start(&stage->queue, stage->table, NULL) ? 0 : -1;
}

static int
tear_down(void **state)
{
    Stage *stage = *state;

    memory_table_unref(stage->table);
    guest_close(&stage->guest);
    g_free(stage);
    return 0;
}

/* Puts descriptors at the start of the table, and offers the first of them. */
static void
offer(Stage *stage, const struct vring_desc *descriptors, size_t n)
{
    memcpy(driver_descriptor(&stage->driver, 0), descriptors, n * sizeof(*descriptors));
    driver_offer(&stage->driver, 0);
}

/* 1 if a chain was popped, 0 if there was none, -1 if the queue makes no sense. */
static int
pop(Stage *stage, GError **error)
{
    bool is_empty;

    if (!virtqueue_pop(&stage->queue, stage->table, &stage->chain, &is_empty, error)) {
        return -1;
    }
    return is_empty ? 0 : 1;
}

static void
chain_comes_out_as_it_went_in(void **state)
{
    Stage *stage = *state;
    const struct vring_desc chain[] = {
        { GUEST_HIGH, 40, NEXT, 1 },
        { GUEST_HIGH + 0x1000, 16, NEXT | WRITE, 2 },
        { GUEST_HIGH + 0x2000, 4096, WRITE, 0 },
    };

    assert_int_equal(pop(stage, NULL), 0);
    offer(stage, chain, G_N_ELEMENTS(chain));
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.n, 1);
    assert_int_equal(stage->chain.readable.length, 40);
    assert_ptr_not_equal(stage->chain.readable.pieces[0].host, NULL);
    assert_int_equal(stage->chain.writable.n, 2);
    assert_int_equal(stage->chain.writable.length, 4112);
    assert_int_equal(stage->chain.writable.pieces[1].offset, 16);
    assert_int_equal(pop(stage, NULL), 0);
}

static void
indirect_chain_comes_out_too(void **state)
{
    Stage *stage = *state;
    const struct vring_desc indirect[] = {
        { GUEST_HIGH, 40, NEXT, 2 },
        { GUEST_HIGH + 64, 8, WRITE, 0 },
        { GUEST_HIGH + 128, 16, NEXT | WRITE, 1 },
    };
    const struct vring_desc direct = { INDIRECT, sizeof(indirect), VIA, 0 };

    memcpy(guest_at(&stage->guest, INDIRECT), indirect, sizeof(indirect));
    offer(stage, &direct, 1);
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.length, 40);
    assert_int_equal(stage->chain.writable.length, 24);
}

static void
indirect_table_may_follow_descriptors(void **state)
{
    Stage *stage = *state;
    const struct vring_desc indirect = { GUEST_HIGH + 64, 8, WRITE, 0 };
    const struct vring_desc direct[] = { { GUEST_HIGH, 40, NEXT, 1 },
                                         { INDIRECT, sizeof(indirect), VIA, 0 } };

    memcpy(guest_at(&stage->guest, INDIRECT), &indirect, sizeof(indirect));
    offer(stage, direct, 2);
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.length, 40);
    assert_int_equal(stage->chain.writable.length, 8);
}

static void
buffer_is_cut_where_regions_meet(void **state)
{
    Stage *stage = *state;
    const struct vring_desc chain = { GUEST_TOP - 3, 6, 0, 0 };
    char bytes[6];

    memcpy(guest_at(&stage->guest, GUEST_TOP - 3), "abc", 3);
    memcpy(guest_at(&stage->guest, GUEST_TOP), "def", 3);
    offer(stage, &chain, 1);
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.n, 2);
    assert_true(guest_buffer_get(&stage->chain.readable, 0, bytes, sizeof(bytes)));
    assert_memory_equal(bytes, "abcdef", sizeof(bytes));
}

/* It may be in a window, of which only the front end knows. */
static void
buffer_outside_memory_has_no_host_address(void **state)
{
    Stage *stage = *state;
    const struct vring_desc chain = { GUEST_HIGH - 10, 30, 0, 0 };
    char byte;

    offer(stage, &chain, 1);
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.n, 2);
    assert_null(stage->chain.readable.pieces[0].host);
    assert_int_equal(stage->chain.readable.pieces[0].length, 10);
    assert_int_equal(stage->chain.readable.pieces[0].guest_address, GUEST_HIGH - 10);
    assert_non_null(stage->chain.readable.pieces[1].host);
    assert_false(guest_buffer_get(&stage->chain.readable, 9, &byte, 1));
    assert_true(guest_buffer_get(&stage->chain.readable, 10, &byte, 1));
    assert_false(guest_buffer_get(&stage->chain.readable, 30, &byte, 1));
}

static void
descriptor_of_nothing_adds_nothing(void **state)
{
    Stage *stage = *state;
    const struct vring_desc chain[] = { { 0, 0, NEXT, 1 }, { GUEST_HIGH, 8, WRITE, 0 } };

    offer(stage, chain, 2);
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.n, 0);
    assert_int_equal(stage->chain.writable.length, 8);
}

/* What no sane driver does. */
typedef struct {
    const char *complaint; /* part of the error */
    struct vring_desc direct[3];
    struct vring_desc indirect[3];
} Hostile;

static const Hostile HOSTILE[] = {
    { "no such descriptor", { { GUEST_HIGH, 8, NEXT, SIZE } }, { { 0 } } },
    { "no such descriptor", { { GUEST_HIGH, 8, NEXT, 0xffff } }, { { 0 } } },
    { "a loop", { { GUEST_HIGH, 8, NEXT, 0 } }, { { 0 } } },
    { "a loop",
      { { GUEST_HIGH, 8, NEXT, 1 }, { GUEST_HIGH, 8, NEXT, 2 }, { GUEST_HIGH, 8, NEXT, 1 } },
      { { 0 } } },
    { "readable memory behind writable",
      { { GUEST_HIGH, 8, WRITE | NEXT, 1 }, { GUEST_HIGH, 8, 0, 0 } },
      { { 0 } } },
    { "wraps", { { UINT64_MAX - 3, 8, 0, 0 } }, { { 0 } } },
    { "wraps", { { UINT64_MAX, UINT32_MAX, WRITE, 0 } }, { { 0 } } },
    { "bad length of indirect table", { { INDIRECT, 0, VIA, 0 } }, { { 0 } } },
    { "bad length of indirect table", { { INDIRECT, 15, VIA, 0 } }, { { 0 } } },
    { "bad length of indirect table", { { INDIRECT, 17, VIA, 0 } }, { { 0 } } },
    { "bad length of indirect table", { { INDIRECT, 0xfffffff0, VIA, 0 } }, { { 0 } } },
    { "not in guest memory", { { 0x1000, 16, VIA, 0 } }, { { 0 } } },
    { "not in guest memory", { { UINT64_MAX - 15, 16, VIA, 0 } }, { { 0 } } },
    { "not in guest memory", { { GUEST_LOW + GUEST_LOW_SIZE - 16, 32, VIA, 0 } }, { { 0 } } },
    { "not aligned", { { INDIRECT + 4, 16, VIA, 0 } }, { { 0 } } },
    { "inside or before another", { { INDIRECT, 16, VIA | NEXT, 1 } }, { { 0 } } },
    { "inside or before another", { { INDIRECT, 16, VIA, 0 } }, { { INDIRECT, 16, VIA, 0 } } },
    { "no such descriptor",
      { { INDIRECT, 32, VIA, 0 } },
      { { GUEST_HIGH, 8, NEXT, 2 }, { GUEST_HIGH, 8, 0, 0 }, { GUEST_HIGH, 8, 0, 0 } } },
    { "a loop",
      { { INDIRECT, 32, VIA, 0 } },
      { { GUEST_HIGH, 8, NEXT, 1 }, { GUEST_HIGH, 8, NEXT, 0 } } },
};

static void
hostile_chains_are_refused(void **state)
{
    Stage *stage = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(HOSTILE); i++) {
        g_autoptr(GError) error = NULL;

        memcpy(guest_at(&stage->guest, INDIRECT), HOSTILE[i].indirect, sizeof(HOSTILE[i].indirect));
        offer(stage, HOSTILE[i].direct, G_N_ELEMENTS(HOSTILE[i].direct));
        assert_int_equal(pop(stage, &error), -1);
        assert_true(g_error_matches(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER));
        if (strstr(error->message, HOSTILE[i].complaint) == NULL) {
            fail_msg("hostile chain %zu: '%s' and not '%s'", i, error->message,
                     HOSTILE[i].complaint);
        }
    }
}

static void
head_beyond_the_table_is_refused(void **state)
{
    Stage *stage = *state;

    driver_offer(&stage->driver, SIZE);
    assert_int_equal(pop(stage, NULL), -1);
    driver_offer(&stage->driver, 0xffff);
    assert_int_equal(pop(stage, NULL), -1);
}

static void
index_may_be_a_whole_queue_ahead(void **state)
{
    Stage *stage = *state;
    const struct vring_desc chain = { GUEST_HIGH, 8, 0, 0 };

    memcpy(driver_descriptor(&stage->driver, 0), &chain, sizeof(chain));
    driver_available(&stage->driver)->idx = SIZE;
    for (int i = 0; i < SIZE; i++) {
        assert_int_equal(pop(stage, NULL), 1);
    }
    assert_int_equal(pop(stage, NULL), 0);
}

static void
index_that_runs_away_is_refused(void **state)
{
    Stage *stage = *state;
    const uint16_t ahead[] = { SIZE + 1, 1000, 0x8000, 0xffff };

    for (size_t i = 0; i < G_N_ELEMENTS(ahead); i++) {
        g_autoptr(GError) error = NULL;

        driver_available(&stage->driver)->idx = ahead[i];
        assert_int_equal(pop(stage, &error), -1);
        assert_non_null(strstr(error->message, "ahead of the device"));
    }
}

/* An index of 16 bits that counts on while the ring begins again and again. */
static void
indices_wrap_around(void **state)
{
    Stage *stage = *state;
    const struct vring_desc chain = { GUEST_HIGH, 8, WRITE, 0 };
    struct vring_used_elem used;

    memcpy(driver_descriptor(&stage->driver, 3), &chain, sizeof(chain));
    for (int i = 0; i < 0x10000 + 100; i++) {
        driver_offer(&stage->driver, 3);
        assert_int_equal(pop(stage, NULL), 1);
        assert_int_equal(stage->chain.head, 3);
        assert_true(virtqueue_push(&stage->queue, stage->table, 3, (uint32_t)i, NULL));
        assert_true(driver_take(&stage->driver, &used));
        assert_int_equal(used.id, 3);
        assert_int_equal(used.len, i);
        assert_false(driver_take(&stage->driver, &used));
    }
}

static void
queue_goes_on_where_it_was(void **state)
{
    Stage *stage = *state;
    VirtQueue again = queue_of(&stage->driver);
    const struct vring_desc chain = { GUEST_HIGH, 8, WRITE, 0 };

    offer(stage, &chain, 1);
    assert_int_equal(pop(stage, NULL), 1);
    assert_true(virtqueue_push(&stage->queue, stage->table, 0, 1, NULL));
    again.next_available = stage->queue.next_available;
    assert_true(virtqueue_start(&again, stage->table, NULL));
    assert_int_equal(again.next_used, 1);
}

static void
rings_must_be_in_memory(void **state)
{
    Stage *stage = *state;
    uint64_t *const addresses[] = { &stage->queue.descriptors_address,
                                    &stage->queue.available_address, &stage->queue.used_address };
    const uint64_t end = GUEST_USER_ADDRESS(GUEST_LOW + GUEST_LOW_SIZE);
    const uint64_t wrong[] = { 0, end, end - 8, UINT64_MAX, UINT64_MAX - 63 };

    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        uint64_t right = *addresses[i];

        for (size_t j = 0; j < G_N_ELEMENTS(wrong); j++) {
            *addresses[i] = wrong[j];
            assert_false(virtqueue_start(&stage->queue, stage->table, NULL));
            assert_int_equal(pop(stage, NULL), -1);
            assert_false(virtqueue_push(&stage->queue, stage->table, 0, 0, NULL));
        }
        *addresses[i] = right + 1;
        assert_false(virtqueue_start(&stage->queue, stage->table, NULL));
        *addresses[i] = right;
    }
    assert_true(virtqueue_start(&stage->queue, stage->table, NULL));
}

static void
odd_sizes_are_refused(void **state)
{
    const uint32_t wrong[] = { 0, 3, 1023, 65536, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        assert_false(virtqueue_check_size(wrong[i], NULL));
    }
    assert_true(virtqueue_check_size(1, NULL));
    assert_true(virtqueue_check_size(32768, NULL));
}

static void
too_many_pieces_are_refused(void **state)
{
    Stage *stage = *state;
    const uint16_t n = GUEST_BUFFER_MAX_PIECES + 1;
    struct vring_desc *indirect = guest_at(&stage->guest, INDIRECT);
    const struct vring_desc direct = { INDIRECT, n * sizeof(*indirect), VIA, 0 };
    g_autoptr(GError) error = NULL;

    for (uint16_t i = 0; i < n; i++) {
        indirect[i] = (struct vring_desc){ GUEST_HIGH, 1, i + 1 < n ? NEXT : 0, (uint16_t)(i + 1) };
    }
    offer(stage, &direct, 1);
    assert_int_equal(pop(stage, &error), -1);
    assert_non_null(strstr(error->message, "too many pieces"));
}

static bool
wants_call_after_push(Stage *stage)
{
    bool wants_call;

    assert_true(virtqueue_push(&stage->queue, stage->table, 0, 0, NULL));
    assert_true(virtqueue_wants_call(&stage->queue, stage->table, &wants_call, NULL));
    return wants_call;
}

static void
guest_may_not_want_to_be_called(void **state)
{
    Stage *stage = *state;

    assert_true(wants_call_after_push(stage));
    driver_available(&stage->driver)->flags = VRING_AVAIL_F_NO_INTERRUPT;
    assert_false(wants_call_after_push(stage));
}

static void
event_index_says_when_to_call(void **state)
{
    Stage *stage = *state;
    uint16_t *event = &driver_available(&stage->driver)->ring[SIZE];

    stage->queue.has_event_index = true;
    *event = 2;
    assert_false(wants_call_after_push(stage));
    assert_false(wants_call_after_push(stage));
    assert_true(wants_call_after_push(stage));
    assert_false(wants_call_after_push(stage));
}

static void
event_index_asks_for_the_next_kick(void **state)
{
    Stage *stage = *state;
    const uint16_t *asked = (const uint16_t *)&driver_used(&stage->driver)->ring[SIZE];
    const struct vring_desc chain = { GUEST_HIGH, 8, 0, 0 };
    bool is_empty;

    stage->queue.has_event_index = true;
    offer(stage, &chain, 1);
    assert_int_equal(pop(stage, NULL), 1);
    assert_true(virtqueue_ask_for_kick(&stage->queue, stage->table, &is_empty, NULL));
    assert_true(is_empty);
    assert_int_equal(*asked, 1);
    driver_offer(&stage->driver, 0);
    assert_true(virtqueue_ask_for_kick(&stage->queue, stage->table, &is_empty, NULL));
    assert_false(is_empty);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(chain_comes_out_as_it_went_in),
        TEST(indirect_chain_comes_out_too),
        TEST(indirect_table_may_follow_descriptors),
        TEST(buffer_is_cut_where_regions_meet),
        TEST(buffer_outside_memory_has_no_host_address),
        TEST(descriptor_of_nothing_adds_nothing),
        TEST(hostile_chains_are_refused),
        TEST(head_beyond_the_table_is_refused),
        TEST(index_may_be_a_whole_queue_ahead),
        TEST(index_that_runs_away_is_refused),
        TEST(indices_wrap_around),
        TEST(queue_goes_on_where_it_was),
        TEST(rings_must_be_in_memory),
        TEST(odd_sizes_are_refused),
        TEST(too_many_pieces_are_refused),
        TEST(guest_may_not_want_to_be_called),
        TEST(event_index_says_when_to_call),
        TEST(event_index_asks_for_the_next_kick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
