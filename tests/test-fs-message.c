/* SPDX-License-Identifier: BSD-3-Clause */
/* test-fs-message.c: both layouts of FS_MAP and its like, read from bytes and written to them. */
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/fs-message.h>

#include <string.h>

static const DaxwinFsDialect ENTRIES = DAXWIN_FS_DIALECT_ENTRIES;
static const DaxwinFsDialect FIXED8 = DAXWIN_FS_DIALECT_FIXED8;

enum {
    HEADER_LENGTH = 8,
    ENTRY_LENGTH = 32,
    COUNT_AT = 4,
    SPARE_AT = 6,
    FIXED8_LENGTH = 256,
    SLOTS = 8
};

/* Where the numbers of an entry are. */
enum {
    FILE_OFFSET_AT = 0,
    CACHE_OFFSET_AT = 8,
    LENGTH_AT = 16,
    FLAGS_AT = 24
};

/* Room for one entry more than is allowed. */
typedef struct {
    uint8_t bytes[HEADER_LENGTH + (DAXWIN_FS_MESSAGE_MAX_ENTRIES + 1) * ENTRY_LENGTH];
    size_t length;
} Bytes;

static void
put_u64(Bytes *payload, size_t at, uint64_t value)
{
    memcpy(payload->bytes + at, &value, sizeof value);
}

static void
put_u32(Bytes *payload, size_t at, uint32_t value)
{
    memcpy(payload->bytes + at, &value, sizeof value);
}

static void
put_u16(Bytes *payload, size_t at, uint16_t value)
{
    memcpy(payload->bytes + at, &value, sizeof value);
}

static size_t
entry_at(size_t i)
{
    return HEADER_LENGTH + i * ENTRY_LENGTH;
}

/* @n entries: the first number of entry i is 0x100 * (i + 1), the next ones are 1 and 2 more, and
 * its flags say read. */
static Bytes
some_entries(uint16_t n)
{
    Bytes payload = { .length = entry_at(n) };

    put_u16(&payload, COUNT_AT, n);
    for (size_t i = 0; i < n; i++) {
        put_u64(&payload, entry_at(i) + FILE_OFFSET_AT, 0x100 * (i + 1));
        put_u64(&payload, entry_at(i) + CACHE_OFFSET_AT, 0x100 * (i + 1) + 1);
        put_u64(&payload, entry_at(i) + LENGTH_AT, 0x100 * (i + 1) + 2);
        put_u64(&payload, entry_at(i) + FLAGS_AT, DAXWIN_FS_ENTRY_READ);
    }
    return payload;
}

/* Puts the numbers that some_entries() gives entry @number into slot @slot. */
static void
fill_slot(Bytes *payload, size_t slot, size_t number)
{
    put_u64(payload, 8 * slot, 0x100 * (number + 1));
    put_u64(payload, 64 + 8 * slot, 0x100 * (number + 1) + 1);
    put_u64(payload, 128 + 8 * slot, 0x100 * (number + 1) + 2);
    put_u64(payload, 192 + 8 * slot, DAXWIN_FS_ENTRY_READ);
}

/* Whether @entry is the one that some_entries() numbers @number. */
static bool
is_entry(const DaxwinFsEntry *entry, size_t number)
{
    return entry->file_offset == 0x100 * (number + 1) &&
           entry->cache_offset == 0x100 * (number + 1) + 1 &&
           entry->length == 0x100 * (number + 1) + 2 && entry->flags == DAXWIN_FS_ENTRY_READ;
}

/* Decodes from memory that ends with the payload, so that checkers of memory see what is read too
 * far. */
static bool
decode(DaxwinFsDialect dialect, const Bytes *payload, DaxwinFsMessage *out, GError **error)
{
    g_autofree void *exact = g_malloc(MAX(payload->length, 1));

    memcpy(exact, payload->bytes, payload->length);
    return daxwin_fs_message_decode(dialect, exact, payload->length, out, error);
}

/* Whether the payload is refused with words that contain @what, and nothing is written. */
static bool
is_refused(DaxwinFsDialect dialect, const Bytes *payload, const char *what)
{
    DaxwinFsMessage message;
    DaxwinFsMessage before;
    g_autoptr(GError) error = NULL;

    memset(&message, 0xa5, sizeof message);
    before = message;
    return !decode(dialect, payload, &message, NULL) &&
           !decode(dialect, payload, &message, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE) &&
           strstr(error->message, what) != NULL && memcmp(&message, &before, sizeof message) == 0;
}

static void
entries_are_decoded_in_order(void **state)
{
    Bytes payload = some_entries(3);
    DaxwinFsMessage message;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(decode(ENTRIES, &payload, &message, &error));
    assert_null(error);
    assert_int_equal(message.flags, 0);
    assert_int_equal(message.n_entries, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(is_entry(&message.entries[i], i));
    }
}

static void
most_entries_are_decoded(void **state)
{
    Bytes payload = some_entries(DAXWIN_FS_MESSAGE_MAX_ENTRIES);
    DaxwinFsMessage message;

    (void)state;
    assert_int_equal(payload.length, DAXWIN_FS_MESSAGE_MAX_LENGTH);
    assert_true(decode(ENTRIES, &payload, &message, NULL));
    assert_int_equal(message.n_entries, DAXWIN_FS_MESSAGE_MAX_ENTRIES);
    for (size_t i = 0; i < DAXWIN_FS_MESSAGE_MAX_ENTRIES; i++) {
        assert_true(is_entry(&message.entries[i], i));
    }
}

static void
header_alone_has_no_entries(void **state)
{
    Bytes payload = some_entries(0);
    DaxwinFsMessage message;

    (void)state;
    assert_true(decode(ENTRIES, &payload, &message, NULL));
    assert_int_equal(message.n_entries, 0);
}

static void
message_flag_is_decoded(void **state)
{
    Bytes payload = some_entries(1);
    DaxwinFsMessage message;

    (void)state;
    put_u32(&payload, 0, DAXWIN_FS_MESSAGE_DROP_FSETID);
    assert_true(decode(ENTRIES, &payload, &message, NULL));
    assert_int_equal(message.flags, DAXWIN_FS_MESSAGE_DROP_FSETID);
}

static void
spare_field_means_nothing(void **state)
{
    Bytes payload = some_entries(1);
    DaxwinFsMessage message;

    (void)state;
    put_u16(&payload, SPARE_AT, 0xffff);
    assert_true(decode(ENTRIES, &payload, &message, NULL));
    assert_true(is_entry(&message.entries[0], 0));
}

static void
biggest_numbers_are_decoded(void **state)
{
    Bytes payload = some_entries(1);
    DaxwinFsMessage message;

    (void)state;
    put_u64(&payload, entry_at(0) + FILE_OFFSET_AT, UINT64_MAX);
    put_u64(&payload, entry_at(0) + CACHE_OFFSET_AT, UINT64_MAX - 1);
    put_u64(&payload, entry_at(0) + LENGTH_AT, DAXWIN_FS_LENGTH_ALL);
    assert_true(decode(ENTRIES, &payload, &message, NULL));
    assert_int_equal(message.entries[0].file_offset, UINT64_MAX);
    assert_int_equal(message.entries[0].cache_offset, UINT64_MAX - 1);
    assert_int_equal(message.entries[0].length, DAXWIN_FS_LENGTH_ALL);
}

static void
payload_may_be_anywhere(void **state)
{
    Bytes payload = some_entries(2);
    uint8_t buffer[sizeof payload.bytes + 1];
    DaxwinFsMessage message;

    (void)state;
    memcpy(buffer + 1, payload.bytes, payload.length);
    assert_true(daxwin_fs_message_decode(ENTRIES, buffer + 1, payload.length, &message, NULL));
    assert_true(is_entry(&message.entries[1], 1));
    assert_memory_equal(buffer + 1, payload.bytes, payload.length);
}

static void
payload_shorter_than_its_header_is_refused(void **state)
{
    Bytes payload = some_entries(0);

    (void)state;
    for (payload.length = 0; payload.length < HEADER_LENGTH; payload.length++) {
        assert_true(is_refused(ENTRIES, &payload, "shorter than its header of 8"));
    }
}

static void
too_many_entries_are_refused(void **state)
{
    Bytes payload = some_entries(DAXWIN_FS_MESSAGE_MAX_ENTRIES + 1);

    (void)state;
    assert_true(is_refused(ENTRIES, &payload, "announces 33 entries, more than 32"));
    put_u16(&payload, COUNT_AT, UINT16_MAX);
    assert_true(is_refused(ENTRIES, &payload, "announces 65535 entries"));
}

static void
count_of_other_entries_than_there_are_is_refused(void **state)
{
    Bytes payload = some_entries(2);

    (void)state;
    put_u16(&payload, COUNT_AT, 1);
    assert_true(is_refused(ENTRIES, &payload, "72 bytes announces 1 entries, which take 40"));
    put_u16(&payload, COUNT_AT, 3);
    assert_true(is_refused(ENTRIES, &payload, "72 bytes announces 3 entries, which take 104"));
    put_u16(&payload, COUNT_AT, 0);
    assert_true(is_refused(ENTRIES, &payload, "announces 0 entries"));
}

static void
piece_of_an_entry_is_refused(void **state)
{
    Bytes payload = some_entries(2);

    (void)state;
    payload.length--;
    assert_true(is_refused(ENTRIES, &payload, "71 bytes"));
    payload.length += 2;
    assert_true(is_refused(ENTRIES, &payload, "73 bytes"));
}

static void
count_in_the_place_of_older_headers_is_refused(void **state)
{
    Bytes payload = some_entries(2);

    (void)state;
    put_u16(&payload, 0, 2);
    put_u16(&payload, COUNT_AT, 0);
    assert_true(is_refused(ENTRIES, &payload, "announces 0 entries"));
}

static void
unknown_message_flags_are_refused(void **state)
{
    Bytes payload = some_entries(1);

    (void)state;
    put_u32(&payload, 0, 2);
    assert_true(is_refused(ENTRIES, &payload, "message flags 0x2 have unknown bits"));
    put_u32(&payload, 0, 0x80000001);
    assert_true(is_refused(ENTRIES, &payload, "message flags 0x80000001"));
}

static void
unknown_entry_flags_are_refused(void **state)
{
    Bytes payload = some_entries(3);

    (void)state;
    put_u64(&payload, entry_at(2) + FLAGS_AT, 4);
    assert_true(is_refused(ENTRIES, &payload, "flags 0x4 of entry 2 have unknown bits"));
    put_u64(&payload, entry_at(2) + FLAGS_AT, UINT64_C(1) << 63 | DAXWIN_FS_ENTRY_READ);
    assert_true(is_refused(ENTRIES, &payload, "flags 0x8000000000000001"));
}

static void
flags_of_an_entry_of_no_length_mean_nothing(void **state)
{
    Bytes payload = some_entries(1);
    DaxwinFsMessage message;

    (void)state;
    put_u64(&payload, entry_at(0) + LENGTH_AT, 0);
    put_u64(&payload, entry_at(0) + FLAGS_AT, UINT64_MAX);
    assert_true(decode(ENTRIES, &payload, &message, NULL));
    assert_int_equal(message.n_entries, 1);
    assert_int_equal(message.entries[0].length, 0);
}

static void
slots_are_decoded_in_order(void **state)
{
    Bytes payload = { .length = FIXED8_LENGTH };
    DaxwinFsMessage message;
    g_autoptr(GError) error = NULL;

    (void)state;
    for (size_t i = 0; i < SLOTS; i++) {
        fill_slot(&payload, i, i);
    }
    assert_true(decode(FIXED8, &payload, &message, &error));
    assert_null(error);
    assert_int_equal(message.flags, 0);
    assert_int_equal(message.n_entries, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        assert_true(is_entry(&message.entries[i], i));
    }
}

static void
empty_slots_are_left_out_wherever_they_are(void **state)
{
    Bytes payload = { .length = FIXED8_LENGTH };
    DaxwinFsMessage message;

    (void)state;
    fill_slot(&payload, 1, 0);
    fill_slot(&payload, 4, 1);
    fill_slot(&payload, 7, 2);
    put_u64(&payload, 192, UINT64_MAX); /* flags of the empty slot 0 */
    put_u64(&payload, 64 + 16, 77);     /* offset of the empty slot 2 */
    assert_true(decode(FIXED8, &payload, &message, NULL));
    assert_int_equal(message.n_entries, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(is_entry(&message.entries[i], i));
    }
}

static void
slots_may_all_be_empty(void **state)
{
    Bytes payload = { .length = FIXED8_LENGTH };
    DaxwinFsMessage message;

    (void)state;
    assert_true(decode(FIXED8, &payload, &message, NULL));
    assert_int_equal(message.n_entries, 0);
}

static void
slots_of_another_length_are_refused(void **state)
{
    Bytes payload = { .length = FIXED8_LENGTH - 1 };

    (void)state;
    assert_true(is_refused(FIXED8, &payload, "255 bytes instead of 256"));
    payload.length = FIXED8_LENGTH + 1;
    assert_true(is_refused(FIXED8, &payload, "257 bytes instead of 256"));
    payload.length = 0;
    assert_true(is_refused(FIXED8, &payload, "0 bytes instead of 256"));
}

static void
unknown_slot_flags_are_refused(void **state)
{
    Bytes payload = { .length = FIXED8_LENGTH };

    (void)state;
    fill_slot(&payload, 5, 0);
    put_u64(&payload, 192 + 8 * 5, 8);
    assert_true(is_refused(FIXED8, &payload, "flags 0x8 of entry 0 have unknown bits"));
}

static void
layout_that_does_not_exist_is_refused(void **state)
{
    Bytes payload = some_entries(1);
    DaxwinFsMessage message = { .n_entries = 0 };
    size_t length = 77;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_true(is_refused((DaxwinFsDialect)0, &payload, "no layout has number 0"));
    assert_true(is_refused((DaxwinFsDialect)3, &payload, "no layout has number 3"));
    assert_false(daxwin_fs_message_encode((DaxwinFsDialect)3, &message, payload.bytes,
                                          sizeof payload.bytes, &length, &error));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    assert_int_equal(length, 77);
}

static DaxwinFsMessage
some_message(size_t n)
{
    DaxwinFsMessage message = { .n_entries = n };

    for (size_t i = 0; i < MIN(n, DAXWIN_FS_MESSAGE_MAX_ENTRIES); i++) {
        message.entries[i] = (DaxwinFsEntry){ 0x100 * (i + 1), 0x100 * (i + 1) + 1,
                                              0x100 * (i + 1) + 2, DAXWIN_FS_ENTRY_READ };
    }
    return message;
}

static void
entries_are_encoded_as_they_are_decoded(void **state)
{
    (void)state;
    for (uint16_t n = 0; n <= DAXWIN_FS_MESSAGE_MAX_ENTRIES; n++) {
        DaxwinFsMessage message = some_message(n);
        Bytes expected = some_entries(n);
        uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH];
        size_t length = 0;

        assert_true(
            daxwin_fs_message_encode(ENTRIES, &message, payload, sizeof payload, &length, NULL));
        assert_int_equal(length, expected.length);
        assert_memory_equal(payload, expected.bytes, length);
    }
}

static void
message_flag_is_encoded(void **state)
{
    DaxwinFsMessage message = some_message(0);
    Bytes expected = some_entries(0);
    uint8_t payload[HEADER_LENGTH];
    size_t length = 0;

    (void)state;
    message.flags = DAXWIN_FS_MESSAGE_DROP_FSETID;
    put_u32(&expected, 0, DAXWIN_FS_MESSAGE_DROP_FSETID);
    assert_true(
        daxwin_fs_message_encode(ENTRIES, &message, payload, sizeof payload, &length, NULL));
    assert_memory_equal(payload, expected.bytes, HEADER_LENGTH);
}

static void
slots_are_encoded_as_they_are_decoded(void **state)
{
    DaxwinFsMessage message = some_message(3);
    Bytes expected = { .length = FIXED8_LENGTH };
    uint8_t payload[FIXED8_LENGTH];
    size_t length = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fill_slot(&expected, i, i);
    }
    assert_true(daxwin_fs_message_encode(FIXED8, &message, payload, sizeof payload, &length, NULL));
    assert_int_equal(length, FIXED8_LENGTH);
    assert_memory_equal(payload, expected.bytes, FIXED8_LENGTH);
}

/* Whether @message is refused with words that contain @what, and nothing is written. */
static bool
is_not_encoded(DaxwinFsDialect dialect, const DaxwinFsMessage *message, size_t capacity,
               const char *what)
{
    uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH] = { 0 };
    uint8_t before[DAXWIN_FS_MESSAGE_MAX_LENGTH] = { 0 };
    size_t length = 77;
    g_autoptr(GError) error = NULL;

    return !daxwin_fs_message_encode(dialect, message, payload, capacity, &length, NULL) &&
           !daxwin_fs_message_encode(dialect, message, payload, capacity, &length, &error) &&
           g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE) &&
           strstr(error->message, what) != NULL && length == 77 &&
           memcmp(payload, before, sizeof payload) == 0;
}

static void
entries_without_room_are_not_encoded(void **state)
{
    DaxwinFsMessage message = some_message(2);

    (void)state;
    assert_true(is_not_encoded(ENTRIES, &message, 71, "takes 72 bytes, but there is room for 71"));
    assert_true(is_not_encoded(ENTRIES, &message, 0, "room for 0"));
}

static void
slots_without_room_are_not_encoded(void **state)
{
    DaxwinFsMessage message = some_message(1);

    (void)state;
    assert_true(is_not_encoded(FIXED8, &message, FIXED8_LENGTH - 1, "takes 256 bytes"));
}

static void
more_than_a_layout_can_say_is_not_encoded(void **state)
{
    DaxwinFsMessage nine = some_message(SLOTS + 1);
    DaxwinFsMessage too_many = some_message(DAXWIN_FS_MESSAGE_MAX_ENTRIES + 1);
    DaxwinFsMessage flagged = some_message(1);

    (void)state;
    flagged.flags = DAXWIN_FS_MESSAGE_DROP_FSETID;
    assert_true(is_not_encoded(FIXED8, &nine, SIZE_MAX, "9 entries, but its layout only"));
    assert_true(is_not_encoded(ENTRIES, &too_many, SIZE_MAX, "33 entries"));
    too_many.n_entries = SIZE_MAX;
    assert_true(is_not_encoded(ENTRIES, &too_many, SIZE_MAX, "has room for 32"));
    assert_true(is_not_encoded(FIXED8, &flagged, SIZE_MAX, "flags 0x1 have no place"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_decoded_in_order),
        cmocka_unit_test(most_entries_are_decoded),
        cmocka_unit_test(header_alone_has_no_entries),
        cmocka_unit_test(message_flag_is_decoded),
        cmocka_unit_test(spare_field_means_nothing),
        cmocka_unit_test(biggest_numbers_are_decoded),
        cmocka_unit_test(payload_may_be_anywhere),
        cmocka_unit_test(payload_shorter_than_its_header_is_refused),
        cmocka_unit_test(too_many_entries_are_refused),
        cmocka_unit_test(count_of_other_entries_than_there_are_is_refused),
        cmocka_unit_test(piece_of_an_entry_is_refused),
        cmocka_unit_test(count_in_the_place_of_older_headers_is_refused),
        cmocka_unit_test(unknown_message_flags_are_refused),
        cmocka_unit_test(unknown_entry_flags_are_refused),
        cmocka_unit_test(flags_of_an_entry_of_no_length_mean_nothing),
        cmocka_unit_test(slots_are_decoded_in_order),
        cmocka_unit_test(empty_slots_are_left_out_wherever_they_are),
        cmocka_unit_test(slots_may_all_be_empty),
        cmocka_unit_test(slots_of_another_length_are_refused),
        cmocka_unit_test(unknown_slot_flags_are_refused),
        cmocka_unit_test(layout_that_does_not_exist_is_refused),
        cmocka_unit_test(entries_are_encoded_as_they_are_decoded),
        cmocka_unit_test(message_flag_is_encoded),
        cmocka_unit_test(slots_are_encoded_as_they_are_decoded),
        cmocka_unit_test(entries_without_room_are_not_encoded),
        cmocka_unit_test(slots_without_room_are_not_encoded),
        cmocka_unit_test(more_than_a_layout_can_say_is_not_encoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
