/* SPDX-License-Identifier: BSD-3-Clause */
/* test-virtqueue.c: a device's side of a virtqueue, with a guest that is sane. */
#include "support/testing.h"

#include "ring-stage.h"

#include <string.h>

static void
chain_comes_out_as_it_went_in(void **state)
{
    RingStage *stage = *state;
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
    RingStage *stage = *state;
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
    RingStage *stage = *state;
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
    RingStage *stage = *state;
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
    RingStage *stage = *state;
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
    RingStage *stage = *state;
    const struct vring_desc chain[] = { { 0, 0, NEXT, 1 }, { GUEST_HIGH, 8, WRITE, 0 } };

    offer(stage, chain, 2);
    assert_int_equal(pop(stage, NULL), 1);
    assert_int_equal(stage->chain.readable.n, 0);
    assert_int_equal(stage->chain.writable.length, 8);
}

static void
index_may_be_a_whole_queue_ahead(void **state)
{
    RingStage *stage = *state;
    const struct vring_desc chain = { GUEST_HIGH, 8, 0, 0 };

    memcpy(driver_descriptor(&stage->driver, 0), &chain, sizeof(chain));
    driver_available(&stage->driver)->idx = SIZE;
    for (int i = 0; i < SIZE; i++) {
        assert_int_equal(pop(stage, NULL), 1);
    }
    assert_int_equal(pop(stage, NULL), 0);
}

/* An index of 16 bits that counts on while the ring begins again and again. */
static void
indices_wrap_around(void **state)
{
    RingStage *stage = *state;
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
    RingStage *stage = *state;
    VirtQueue again = ring_stage_queue_of(&stage->driver);
    const struct vring_desc chain = { GUEST_HIGH, 8, WRITE, 0 };

    offer(stage, &chain, 1);
    assert_int_equal(pop(stage, NULL), 1);
    assert_true(virtqueue_push(&stage->queue, stage->table, 0, 1, NULL));
    again.next_available = stage->queue.next_available;
    assert_true(virtqueue_start(&again, stage->table, NULL));
    assert_int_equal(again.next_used, 1);
}

static bool
wants_call_after_push(RingStage *stage)
{
    bool wants_call;

    assert_true(virtqueue_push(&stage->queue, stage->table, 0, 0, NULL));
    assert_true(virtqueue_wants_call(&stage->queue, stage->table, &wants_call, NULL));
    return wants_call;
}

static void
guest_may_not_want_to_be_called(void **state)
{
    RingStage *stage = *state;

    assert_true(wants_call_after_push(stage));
    driver_available(&stage->driver)->flags = VRING_AVAIL_F_NO_INTERRUPT;
    assert_false(wants_call_after_push(stage));
}

static void
event_index_says_when_to_call(void **state)
{
    RingStage *stage = *state;
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
    RingStage *stage = *state;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, ring_stage_set_up, ring_stage_tear_down)

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
        TEST(index_may_be_a_whole_queue_ahead),
        TEST(indices_wrap_around),
        TEST(queue_goes_on_where_it_was),
        TEST(guest_may_not_want_to_be_called),
        TEST(event_index_says_when_to_call),
        TEST(event_index_asks_for_the_next_kick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
