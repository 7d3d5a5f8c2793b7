/* SPDX-License-Identifier: BSD-3-Clause */
/* test-hostile-rings.c: a device's side of a virtqueue, with guests that are not sane. */
#include "failure.h"
#include "ring-stage.h"

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
    RingStage *stage = *state;

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
    RingStage *stage = *state;

    driver_offer(&stage->driver, SIZE);
    assert_int_equal(pop(stage, NULL), -1);
    driver_offer(&stage->driver, 0xffff);
    assert_int_equal(pop(stage, NULL), -1);
}

static void
index_that_runs_away_is_refused(void **state)
{
    RingStage *stage = *state;
    const uint16_t ahead[] = { SIZE + 1, 1000, 0x8000, 0xffff };

    for (size_t i = 0; i < G_N_ELEMENTS(ahead); i++) {
        g_autoptr(GError) error = NULL;

        driver_available(&stage->driver)->idx = ahead[i];
        assert_int_equal(pop(stage, &error), -1);
        assert_non_null(strstr(error->message, "ahead of the device"));
    }
}

static void
rings_must_be_in_memory(void **state)
{
    RingStage *stage = *state;
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
    RingStage *stage = *state;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, ring_stage_set_up, ring_stage_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hostile_chains_are_refused),      TEST(head_beyond_the_table_is_refused),
        TEST(index_that_runs_away_is_refused), TEST(rings_must_be_in_memory),
        TEST(odd_sizes_are_refused),           TEST(too_many_pieces_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
