/* SPDX-License-Identifier: BSD-3-Clause */
/* golden.c: decodes each payload of a file of vectors and says it again: golden VECTORS */
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/fs-message.h>
#include <daxwin/shm-capability.h>
#include <daxwin/shmem-message.h>

#include <stdio.h>
#include <string.h>

typedef enum {
    FS_ENTRIES,
    FS_FIXED8,
    SHMEM,
    SHMEM_CONFIG,
    SHM_CAPABILITY
} Kind;

typedef struct {
    char *name;
    Kind kind;
    GByteArray *payload; /* in the byte order of this host */
    GArray *numbers;     /* of uint64_t, that a decoder must find */
    bool is_refused;     /* by a decoder */
    bool encodes;        /* to the same bytes */
} Vector;

/* How wide the fields at the start of a payload are, in bytes; all others are 8. */
static const size_t WIDTHS_OF_ENTRIES[] = { 4, 2, 2, 0 };
static const size_t WIDTHS_OF_SHMEM[] = { 1, 1, 1, 1, 1, 1, 1, 1, 0 };
static const size_t WIDTHS_OF_CONFIG[] = { 4, 4, 0 };
static const size_t WIDTHS_OF_FIXED8[] = { 0 };

static const size_t *
widths_of(Kind kind)
{
    switch (kind) {
    case FS_ENTRIES:
        return WIDTHS_OF_ENTRIES;
    case SHMEM:
        return WIDTHS_OF_SHMEM;
    case SHMEM_CONFIG:
        return WIDTHS_OF_CONFIG;
    case FS_FIXED8:
    case SHM_CAPABILITY:
        return WIDTHS_OF_FIXED8;
    }
    return NULL;
}

static void
turn_round(uint8_t *bytes, size_t width)
{
    for (size_t i = 0; i < width / 2; i++) {
        uint8_t first = bytes[i];

        bytes[i] = bytes[width - 1 - i];
        bytes[width - 1 - i] = first;
    }
}

/* The vectors are little-endian, vhost-user has the order of its host; half a field is left. */
static void
bring_to_host_order(const Vector *vector)
{
    const size_t *widths = widths_of(vector->kind);
    size_t at = 0;

    if (G_BYTE_ORDER == G_LITTLE_ENDIAN || vector->kind == SHM_CAPABILITY) {
        return;
    }
    while (at < vector->payload->len) {
        size_t width = *widths != 0 ? *widths++ : sizeof(uint64_t);

        if (width <= vector->payload->len - at) {
            turn_round(vector->payload->data + at, width);
        }
        at += width;
    }
}

/* Reading the file */

static void
give_up(size_t line, const char *reason, const char *what)
{
    fprintf(stderr, "golden: line %zu: %s '%s'\n", line, reason, what);
    exit(1);
}

static Kind
kind_of(const char *name, size_t line)
{
    static const char *const names[] = { "fs-entries", "fs-fixed8", "shmem", "shmem-config",
                                         "shm-capability" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(name, names[i])) {
            return (Kind)i;
        }
    }
    give_up(line, "there is no kind", name);
    return FS_ENTRIES;
}

static void
append_bytes(GByteArray *payload, const char *digits, size_t line)
{
    while (*digits != '\0') {
        uint8_t byte;

        if (*digits == ' ') {
            digits++;
            continue;
        }
        if (!g_ascii_isxdigit(digits[0]) || !g_ascii_isxdigit(digits[1])) {
            give_up(line, "no hexadecimal digits:", digits);
        }
        byte = (uint8_t)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
        g_byte_array_append(payload, &byte, 1);
        digits += 2;
    }
}

static void
append_zeros(GByteArray *payload, const char *number)
{
    const uint8_t zero = 0;

    for (uint64_t left = g_ascii_strtoull(number, NULL, 0); left > 0; left--) {
        g_byte_array_append(payload, &zero, 1);
    }
}

static void
append_numbers(GArray *numbers, const char *text, size_t line)
{
    char *next = NULL;

    while (*text != '\0') {
        uint64_t number = g_ascii_strtoull(text, &next, 0);

        if (next == text) {
            give_up(line, "no number:", text);
        }
        g_array_append_val(numbers, number);
        text = next + strspn(next, " ");
    }
}

static Vector *
add_vector(GPtrArray *vectors, const char *name)
{
    Vector *vector = g_new0(Vector, 1);

    vector->name = g_strdup(name);
    vector->payload = g_byte_array_sized_new(1); /* an address, even if no bytes follow */
    vector->numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    vector->encodes = true;
    g_ptr_array_add(vectors, vector);
    return vector;
}

static void
free_vector(void *data)
{
    Vector *vector = data;

    g_free(vector->name);
    g_byte_array_unref(vector->payload);
    g_array_unref(vector->numbers);
    g_free(vector);
}

static bool
is_key_of_numbers(const char *key)
{
    static const char *const keys[] = { "flags", "entry", "message", "region", "capability", NULL };

    return g_strv_contains(keys, key);
}

static void
take_field(Vector *vector, const char *key, const char *value, size_t line)
{
    if (g_str_equal(key, "kind")) {
        vector->kind = kind_of(value, line);
    } else if (g_str_equal(key, "bytes")) {
        append_bytes(vector->payload, value, line);
    } else if (g_str_equal(key, "zeros")) {
        append_zeros(vector->payload, value);
    } else if (is_key_of_numbers(key)) {
        append_numbers(vector->numbers, value, line);
    } else if (g_str_equal(key, "error") && g_str_equal(value, "MESSAGE")) {
        vector->is_refused = true;
    } else if (g_str_equal(key, "encodes") && g_str_equal(value, "no")) {
        vector->encodes = false;
    } else if (!g_str_equal(key, "request")) {
        give_up(line, "there is no such field:", key);
    }
}

static void
take_line(GPtrArray *vectors, char *text, size_t line)
{
    char *value;

    text[strcspn(text, "#")] = '\0';
    g_strstrip(text);
    if (text[0] == '\0') {
        return;
    }
    value = strchr(text, ':');
    if (value == NULL) {
        give_up(line, "no field:", text);
        return;
    }
    *value++ = '\0';
    g_strstrip(value);
    if (g_str_equal(text, "name")) {
        (void)add_vector(vectors, value);
    } else if (vectors->len == 0) {
        give_up(line, "no name before", text);
    } else {
        take_field(g_ptr_array_index(vectors, vectors->len - 1), text, value, line);
    }
}

static GPtrArray *
read_vectors(const char *path)
{
    GPtrArray *vectors = g_ptr_array_new_with_free_func(free_vector);
    g_autofree char *contents = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &contents, NULL, NULL)) {
        give_up(0, "cannot read", path);
    }
    lines = g_strsplit(contents, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        take_line(vectors, lines[i], i + 1);
    }
    for (guint i = 0; i < vectors->len; i++) {
        bring_to_host_order(g_ptr_array_index(vectors, i));
    }
    return vectors;
}

/* Decoding, and saying it again */

static void
add_number(GArray *numbers, uint64_t number)
{
    g_array_append_val(numbers, number);
}

static bool
decode_fs(DaxwinFsDialect dialect, const GByteArray *payload, GArray *numbers, GByteArray *again,
          GError **error)
{
    DaxwinFsMessage message;
    size_t length = 0;

    if (!daxwin_fs_message_decode(dialect, payload->data, payload->len, &message, error)) {
        return false;
    }
    add_number(numbers, message.flags);
    for (size_t i = 0; i < message.n_entries; i++) {
        add_number(numbers, message.entries[i].file_offset);
        add_number(numbers, message.entries[i].cache_offset);
        add_number(numbers, message.entries[i].length);
        add_number(numbers, message.entries[i].flags);
    }
    assert_true(
        daxwin_fs_message_encode(dialect, &message, again->data, again->len, &length, error));
    g_byte_array_set_size(again, (guint)length);
    return true;
}

static bool
decode_shmem(const GByteArray *payload, GArray *numbers, GByteArray *again, GError **error)
{
    DaxwinShmemMessage message;
    size_t length = 0;

    if (!daxwin_shmem_message_decode(payload->data, payload->len, &message, error)) {
        return false;
    }
    add_number(numbers, message.shmid);
    add_number(numbers, message.file_offset);
    add_number(numbers, message.shm_offset);
    add_number(numbers, message.length);
    add_number(numbers, message.flags);
    assert_true(daxwin_shmem_message_encode(&message, again->data, again->len, &length, error));
    g_byte_array_set_size(again, (guint)length);
    return true;
}

static bool
decode_config(const GByteArray *payload, GArray *numbers, GByteArray *again, GError **error)
{
    DaxwinShmemConfig config;
    size_t length = 0;

    if (!daxwin_shmem_config_decode(payload->data, payload->len, &config, error)) {
        return false;
    }
    for (uint64_t id = 0; id < DAXWIN_SHMEM_MAX_REGIONS; id++) {
        if (config.sizes[id] != 0) {
            add_number(numbers, id);
            add_number(numbers, config.sizes[id]);
        }
    }
    assert_true(daxwin_shmem_config_encode(&config, again->data, again->len, &length, error));
    g_byte_array_set_size(again, (guint)length);
    return true;
}

static bool
decode_capability(const GByteArray *payload, GArray *numbers, GByteArray *again, GError **error)
{
    DaxwinShmCapability capability;

    assert_int_equal(payload->len, DAXWIN_SHM_CAPABILITY_LENGTH);
    if (!daxwin_shm_capability_decode(payload->data, &capability, error)) {
        return false;
    }
    add_number(numbers, capability.bar);
    add_number(numbers, capability.id);
    add_number(numbers, capability.next);
    add_number(numbers, capability.offset);
    add_number(numbers, capability.length);
    daxwin_shm_capability_encode(again->data, capability.bar, capability.id, capability.offset,
                                 capability.length, capability.next);
    g_byte_array_set_size(again, DAXWIN_SHM_CAPABILITY_LENGTH);
    return true;
}

/* Decodes a payload into @numbers, and says them again in @again, which has enough room. */
static bool
decode(Kind kind, const GByteArray *payload, GArray *numbers, GByteArray *again, GError **error)
{
    switch (kind) {
    case FS_ENTRIES:
        return decode_fs(DAXWIN_FS_DIALECT_ENTRIES, payload, numbers, again, error);
    case FS_FIXED8:
        return decode_fs(DAXWIN_FS_DIALECT_FIXED8, payload, numbers, again, error);
    case SHMEM:
        return decode_shmem(payload, numbers, again, error);
    case SHMEM_CONFIG:
        return decode_config(payload, numbers, again, error);
    case SHM_CAPABILITY:
        return decode_capability(payload, numbers, again, error);
    }
    return false;
}

static bool
is_same(const GArray *a, const GArray *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len * sizeof(uint64_t)) == 0);
}

static GByteArray *
new_room(void)
{
    GByteArray *room = g_byte_array_new();

    g_byte_array_set_size(room, DAXWIN_SHMEM_CONFIG_LENGTH); /* the longest of all payloads */
    return room;
}

static void
vector_means_what_it_says(void **state)
{
    const Vector *vector = *state;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GArray) numbers_again = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GByteArray) again = new_room();
    g_autoptr(GByteArray) unused = new_room();
    g_autoptr(GError) error = NULL;

    if (vector->is_refused) {
        assert_false(decode(vector->kind, vector->payload, numbers, again, &error));
        assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
        return;
    }
    assert_true(decode(vector->kind, vector->payload, numbers, again, &error));
    assert_true(is_same(numbers, vector->numbers));
    assert_true(decode(vector->kind, again, numbers_again, unused, &error));
    assert_true(is_same(numbers_again, vector->numbers));
    if (vector->encodes) {
        assert_int_equal(again->len, vector->payload->len);
        assert_memory_equal(again->data, vector->payload->data, again->len);
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) vectors = read_vectors(argc > 1 ? argv[1] : "vhost-user-messages.txt");
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, MAX(vectors->len, 1));

    for (guint i = 0; i < vectors->len; i++) {
        Vector *vector = g_ptr_array_index(vectors, i);

        tests[i] =
            (struct CMUnitTest){ vector->name, vector_means_what_it_says, NULL, NULL, vector };
    }
    return vectors->len > 0 ? _cmocka_run_group_tests("vectors", tests, vectors->len, NULL, NULL)
                            : 1;
}
