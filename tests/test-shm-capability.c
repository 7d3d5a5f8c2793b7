/* SPDX-License-Identifier: BSD-3-Clause */
/* test-shm-capability.c: the PCI capability of a region byte by byte, and the mmio registers. */
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/shm-capability.h>

#include <string.h>

/* BAR 2, id 1, next at 0x84, offset 0x1122334455667788, length 0x0102030405060708. */
static const uint8_t SAMPLE[DAXWIN_SHM_CAPABILITY_LENGTH] = {
    0x09, 0x84, 24,   8,    2,    1,    0,    0,    0x88, 0x77, 0x66, 0x55,
    0x08, 0x07, 0x06, 0x05, 0x44, 0x33, 0x22, 0x11, 0x04, 0x03, 0x02, 0x01,
};

static void
capability_is_encoded_byte_by_byte(void **state)
{
    uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];

    (void)state;
    memset(bytes, 0xa5, sizeof bytes);
    daxwin_shm_capability_encode(bytes, 2, 1, 0x1122334455667788, 0x0102030405060708, 0x84);
    assert_memory_equal(bytes, SAMPLE, sizeof bytes);
}

static void
capability_is_decoded(void **state)
{
    DaxwinShmCapability capability;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(daxwin_shm_capability_decode(SAMPLE, &capability, &error));
    assert_null(error);
    assert_int_equal(capability.bar, 2);
    assert_int_equal(capability.id, 1);
    assert_int_equal(capability.next, 0x84);
    assert_int_equal(capability.offset, 0x1122334455667788);
    assert_int_equal(capability.length, 0x0102030405060708);
}

static void
capability_may_be_anywhere(void **state)
{
    uint8_t buffer[DAXWIN_SHM_CAPABILITY_LENGTH + 1];
    DaxwinShmCapability capability;

    (void)state;
    memcpy(buffer + 1, SAMPLE, sizeof SAMPLE);
    assert_true(daxwin_shm_capability_decode(buffer + 1, &capability, NULL));
    assert_int_equal(capability.offset, 0x1122334455667788);
}

static void
padding_means_nothing(void **state)
{
    uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];
    DaxwinShmCapability capability;

    (void)state;
    memcpy(bytes, SAMPLE, sizeof bytes);
    bytes[6] = 0xff;
    bytes[7] = 0xff;
    assert_true(daxwin_shm_capability_decode(bytes, &capability, NULL));
}

/* Whether SAMPLE with one byte changed is refused with words that contain @what. */
static bool
is_refused_with(size_t at, uint8_t byte, const char *what)
{
    uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];
    DaxwinShmCapability capability;
    DaxwinShmCapability before;
    g_autoptr(GError) error = NULL;

    memset(&capability, 0xa5, sizeof capability);
    before = capability;
    memcpy(bytes, SAMPLE, sizeof bytes);
    bytes[at] = byte;
    return !daxwin_shm_capability_decode(bytes, &capability, NULL) &&
           !daxwin_shm_capability_decode(bytes, &capability, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE) &&
           strstr(error->message, what) != NULL &&
           memcmp(&capability, &before, sizeof capability) == 0;
}

static void
capability_of_another_kind_is_refused(void **state)
{
    (void)state;
    assert_true(is_refused_with(0, 0x05, "vendor id 5 instead of 9"));
    assert_true(is_refused_with(2, 16, "length 16 instead of 24"));
    assert_true(is_refused_with(2, 25, "length 25 instead of 24"));
    assert_true(is_refused_with(3, 1, "type 1 instead of 8"));
}

static void
bar_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    assert_true(is_refused_with(4, 6, "BAR 6, above 5"));
    assert_true(is_refused_with(4, 255, "BAR 255, above 5"));
}

static void
region_that_wraps_is_refused(void **state)
{
    (void)state;
    assert_true(is_refused_with(23, 0xff, "wraps around 2^64"));
}

static void
region_that_ends_with_the_last_byte_is_decoded(void **state)
{
    uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];
    DaxwinShmCapability capability;

    (void)state;
    daxwin_shm_capability_encode(bytes, 0, 0, 1, UINT64_MAX - 1, 0);
    assert_true(daxwin_shm_capability_decode(bytes, &capability, NULL));
    daxwin_shm_capability_encode(bytes, 0, 0, 1, UINT64_MAX, 0);
    assert_false(daxwin_shm_capability_decode(bytes, &capability, NULL));
}

static void
each_bar_is_decoded_as_it_was_encoded(void **state)
{
    (void)state;
    for (uint8_t bar = 0; bar <= 5; bar++) {
        uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];
        DaxwinShmCapability capability;

        daxwin_shm_capability_encode(bytes, bar, DAXWIN_SHM_ID_CACHE, 0, UINT64_C(16) << 30, 0);
        assert_true(daxwin_shm_capability_decode(bytes, &capability, NULL));
        assert_int_equal(capability.bar, bar);
        assert_int_equal(capability.id, DAXWIN_SHM_ID_CACHE);
        assert_int_equal(capability.length, UINT64_C(16) << 30);
    }
}

static uint32_t
read_register(const DaxwinShmMmioRegion *region, uint32_t offset)
{
    uint32_t value = 0;

    assert_true(daxwin_shm_mmio_read(region, offset, &value));
    return value;
}

static void
registers_tell_where_a_region_is(void **state)
{
    const DaxwinShmMmioRegion region = { 0x1122334455667788, 0x0102030405060708 };

    (void)state;
    assert_int_equal(read_register(&region, 0x0b0), 0x05060708);
    assert_int_equal(read_register(&region, 0x0b4), 0x01020304);
    assert_int_equal(read_register(&region, 0x0b8), 0x55667788);
    assert_int_equal(read_register(&region, 0x0bc), 0x11223344);
}

static void
registers_of_an_absent_region_are_all_ones(void **state)
{
    (void)state;
    assert_int_equal(read_register(NULL, DAXWIN_SHM_MMIO_LEN_LOW), UINT32_MAX);
    assert_int_equal(read_register(NULL, DAXWIN_SHM_MMIO_LEN_HIGH), UINT32_MAX);
    assert_int_equal(read_register(NULL, DAXWIN_SHM_MMIO_BASE_LOW), UINT32_MAX);
    assert_int_equal(read_register(NULL, DAXWIN_SHM_MMIO_BASE_HIGH), UINT32_MAX);
}

static void
other_registers_are_not_answered(void **state)
{
    const DaxwinShmMmioRegion region = { 1, 2 };
    uint32_t value = 77;

    (void)state;
    assert_false(daxwin_shm_mmio_read(&region, DAXWIN_SHM_MMIO_SEL, &value));
    assert_false(daxwin_shm_mmio_read(&region, 0x0b1, &value));
    assert_false(daxwin_shm_mmio_read(NULL, 0x0c0, &value));
    assert_int_equal(value, 77);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capability_is_encoded_byte_by_byte),
        cmocka_unit_test(capability_is_decoded),
        cmocka_unit_test(capability_may_be_anywhere),
        cmocka_unit_test(padding_means_nothing),
        cmocka_unit_test(capability_of_another_kind_is_refused),
        cmocka_unit_test(bar_that_does_not_exist_is_refused),
        cmocka_unit_test(region_that_wraps_is_refused),
        cmocka_unit_test(region_that_ends_with_the_last_byte_is_decoded),
        cmocka_unit_test(each_bar_is_decoded_as_it_was_encoded),
        cmocka_unit_test(registers_tell_where_a_region_is),
        cmocka_unit_test(registers_of_an_absent_region_are_all_ones),
        cmocka_unit_test(other_registers_are_not_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
