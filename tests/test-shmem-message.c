/* SPDX-License-Identifier: BSD-3-Clause */
/* test-shmem-message.c: SHMEM_MAP, SHMEM_UNMAP and the reply to GET_SHMEM_CONFIG as bytes. */
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/shmem-message.h>

#include <string.h>

enum {
    PADDING_AT = 1,
    PADDING_LENGTH = 7,
    FLAGS_AT = 32,
    SIZES_AT = 8
};

static void
put_u64(uint8_t *payload, size_t at, uint64_t value)
{
    memcpy(payload + at, &value, sizeof value);
}

static void
put_u32(uint8_t *payload, size_t at, uint32_t value)
{
    memcpy(payload + at, &value, sizeof value);
}

/* Region 7, the numbers 1, 2 and 3 in order, and @flags. */
static void
fill_message(uint8_t *payload, uint64_t flags)
{
    memset(payload, 0, DAXWIN_SHMEM_MESSAGE_LENGTH);
    payload[0] = 7;
    put_u64(payload, 8, 1);
    put_u64(payload, 16, 2);
    put_u64(payload, 24, 3);
    put_u64(payload, FLAGS_AT, flags);
}

static bool
is_message(const DaxwinShmemMessage *message, uint64_t flags)
{
    return message->shmid == 7 && message->file_offset == 1 && message->shm_offset == 2 &&
           message->length == 3 && message->flags == flags;
}

/* Whether the bytes are refused with words that contain @what, and nothing is written. */
static bool
is_refused(const uint8_t *payload, size_t length, const char *what)
{
    g_autofree void *exact = g_malloc(MAX(length, 1)); /* with no byte to spare */
    DaxwinShmemMessage message;
    DaxwinShmemMessage before;
    g_autoptr(GError) error = NULL;

    memset(&message, 0xa5, sizeof message);
    before = message;
    memcpy(exact, payload, length);
    return !daxwin_shmem_message_decode(exact, length, &message, NULL) &&
           !daxwin_shmem_message_decode(exact, length, &message, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE) &&
           strstr(error->message, what) != NULL && memcmp(&message, &before, sizeof message) == 0;
}

static void
message_is_decoded(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    DaxwinShmemMessage message;
    g_autoptr(GError) error = NULL;

    (void)state;
    fill_message(payload, 0);
    assert_true(daxwin_shmem_message_decode(payload, sizeof payload, &message, &error));
    assert_null(error);
    assert_true(is_message(&message, 0));
}

static void
read_write_flag_is_decoded(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    DaxwinShmemMessage message;

    (void)state;
    fill_message(payload, DAXWIN_SHMEM_READ_WRITE);
    assert_true(daxwin_shmem_message_decode(payload, sizeof payload, &message, NULL));
    assert_true(is_message(&message, DAXWIN_SHMEM_READ_WRITE));
}

static void
padding_means_nothing(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    DaxwinShmemMessage message;

    (void)state;
    fill_message(payload, 0);
    memset(payload + PADDING_AT, 0xff, PADDING_LENGTH);
    assert_true(daxwin_shmem_message_decode(payload, sizeof payload, &message, NULL));
    assert_true(is_message(&message, 0));
}

static void
message_may_be_anywhere(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    uint8_t buffer[DAXWIN_SHMEM_MESSAGE_LENGTH + 1];
    DaxwinShmemMessage message;

    (void)state;
    fill_message(payload, 0);
    memcpy(buffer + 1, payload, sizeof payload);
    assert_true(daxwin_shmem_message_decode(buffer + 1, sizeof payload, &message, NULL));
    assert_true(is_message(&message, 0));
}

static void
message_of_another_length_is_refused(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH + 1] = { 0 };

    (void)state;
    fill_message(payload, 0);
    assert_true(is_refused(payload, 0, "0 bytes instead of 40"));
    assert_true(is_refused(payload, 34, "34 bytes instead of 40"));
    assert_true(is_refused(payload, 39, "39 bytes instead of 40"));
    assert_true(is_refused(payload, 41, "41 bytes instead of 40"));
}

static void
unknown_flags_are_refused(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];

    (void)state;
    fill_message(payload, 2);
    assert_true(is_refused(payload, sizeof payload, "flags 0x2 have unknown bits"));
    fill_message(payload, UINT64_C(1) << 63);
    assert_true(is_refused(payload, sizeof payload, "flags 0x8000000000000000"));
}

static void
message_is_encoded_as_it_is_decoded(void **state)
{
    const DaxwinShmemMessage message = { 7, 1, 2, 3, DAXWIN_SHMEM_READ_WRITE };
    uint8_t expected[DAXWIN_SHMEM_MESSAGE_LENGTH];
    uint8_t payload[DAXWIN_SHMEM_MESSAGE_LENGTH];
    size_t length = 0;

    (void)state;
    fill_message(expected, DAXWIN_SHMEM_READ_WRITE);
    assert_true(daxwin_shmem_message_encode(&message, payload, sizeof payload, &length, NULL));
    assert_int_equal(length, DAXWIN_SHMEM_MESSAGE_LENGTH);
    assert_memory_equal(payload, expected, sizeof expected);
}

static void
message_without_room_is_not_encoded(void **state)
{
    const DaxwinShmemMessage message = { 7, 1, 2, 3, 0 };
    uint8_t payload[1] = { 0xa5 };
    size_t length = 77;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_shmem_message_encode(&message, payload, 39, &length, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    assert_int_equal(length, 77);
    assert_int_equal(payload[0], 0xa5);
}

/* Three regions: of size 0x1000 with id 0, of 0x2000 with id 9, of 0x3000 with id 255. */
static void
fill_config(uint8_t *payload, uint32_t n_regions)
{
    memset(payload, 0, DAXWIN_SHMEM_CONFIG_LENGTH);
    put_u32(payload, 0, n_regions);
    put_u64(payload, SIZES_AT, 0x1000);
    put_u64(payload, SIZES_AT + 8 * 9, 0x2000);
    put_u64(payload, SIZES_AT + 8 * 255, 0x3000);
}

static void
sizes_are_decoded_by_id(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH];
    DaxwinShmemConfig config;
    g_autoptr(GError) error = NULL;

    (void)state;
    fill_config(payload, 3);
    put_u32(payload, 4, UINT32_MAX); /* padding */
    assert_true(daxwin_shmem_config_decode(payload, sizeof payload, &config, &error));
    assert_null(error);
    assert_int_equal(config.sizes[0], 0x1000);
    assert_int_equal(config.sizes[1], 0);
    assert_int_equal(config.sizes[9], 0x2000);
    assert_int_equal(config.sizes[255], 0x3000);
}

static void
all_regions_and_none_are_decoded(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH] = { 0 };
    DaxwinShmemConfig config;

    (void)state;
    assert_true(daxwin_shmem_config_decode(payload, sizeof payload, &config, NULL));
    assert_int_equal(config.sizes[0], 0);
    memset(payload + SIZES_AT, 0xff, sizeof payload - SIZES_AT);
    put_u32(payload, 0, DAXWIN_SHMEM_MAX_REGIONS);
    assert_true(daxwin_shmem_config_decode(payload, sizeof payload, &config, NULL));
    assert_int_equal(config.sizes[255], UINT64_MAX);
}

/* Whether the bytes are refused with words that contain @what, and nothing is written. */
static bool
is_refused_config(const uint8_t *payload, size_t length, const char *what)
{
    g_autofree void *exact = g_malloc(MAX(length, 1));
    DaxwinShmemConfig config;
    DaxwinShmemConfig before;
    g_autoptr(GError) error = NULL;

    memset(&config, 0xa5, sizeof config);
    before = config;
    memcpy(exact, payload, length);
    return !daxwin_shmem_config_decode(exact, length, &config, NULL) &&
           !daxwin_shmem_config_decode(exact, length, &config, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE) &&
           strstr(error->message, what) != NULL && memcmp(&config, &before, sizeof config) == 0;
}

static void
config_with_a_wrong_count_is_refused(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH];

    (void)state;
    fill_config(payload, 2);
    assert_true(is_refused_config(payload, sizeof payload,
                                  "announces 2 regions, but gives the sizes of 3"));
    fill_config(payload, UINT32_MAX);
    assert_true(is_refused_config(payload, sizeof payload, "announces 4294967295 regions"));
}

static void
config_of_another_length_is_refused(void **state)
{
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH + 1] = { 0 };

    (void)state;
    fill_config(payload, 3);
    assert_true(is_refused_config(payload, 0, "0 bytes instead of 2056"));
    assert_true(is_refused_config(payload, 2055, "2055 bytes"));
    assert_true(is_refused_config(payload, 2057, "2057 bytes"));
}

static void
config_is_encoded_as_it_is_decoded(void **state)
{
    DaxwinShmemConfig config = { { 0 } };
    uint8_t expected[DAXWIN_SHMEM_CONFIG_LENGTH];
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH];
    size_t length = 0;

    (void)state;
    config.sizes[0] = 0x1000;
    config.sizes[9] = 0x2000;
    config.sizes[255] = 0x3000;
    fill_config(expected, 3);
    assert_true(daxwin_shmem_config_encode(&config, payload, sizeof payload, &length, NULL));
    assert_int_equal(length, DAXWIN_SHMEM_CONFIG_LENGTH);
    assert_memory_equal(payload, expected, sizeof expected);
}

static void
config_without_room_is_not_encoded(void **state)
{
    const DaxwinShmemConfig config = { { 0x1000 } };
    uint8_t payload[1] = { 0xa5 };
    size_t length = 77;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_shmem_config_encode(&config, payload, 2055, &length, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    assert_int_equal(length, 77);
    assert_int_equal(payload[0], 0xa5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_decoded),
        cmocka_unit_test(read_write_flag_is_decoded),
        cmocka_unit_test(padding_means_nothing),
        cmocka_unit_test(message_may_be_anywhere),
        cmocka_unit_test(message_of_another_length_is_refused),
        cmocka_unit_test(unknown_flags_are_refused),
        cmocka_unit_test(message_is_encoded_as_it_is_decoded),
        cmocka_unit_test(message_without_room_is_not_encoded),
        cmocka_unit_test(sizes_are_decoded_by_id),
        cmocka_unit_test(all_regions_and_none_are_decoded),
        cmocka_unit_test(config_with_a_wrong_count_is_refused),
        cmocka_unit_test(config_of_another_length_is_refused),
        cmocka_unit_test(config_is_encoded_as_it_is_decoded),
        cmocka_unit_test(config_without_room_is_not_encoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
