/* SPDX-License-Identifier: BSD-3-Clause */
/* checksum.c: what cksum(1) prints of a file. */
#include "checksum.h"

#include "failure.h"

#include <inttypes.h>
#include <unistd.h>

static const uint32_t POLYNOMIAL = 0x04c11db7;

typedef struct {
    uint32_t table[256];
    uint32_t value;
    uint64_t size;
} Checksum;

static uint32_t
advance_by_byte(uint32_t value)
{
    for (int i = 0; i < 8; i++) {
        value = (value << 1) ^ ((value & UINT32_C(0x80000000)) != 0 ? POLYNOMIAL : 0);
    }
    return value;
}

static void
checksum_init(Checksum *checksum)
{
    for (uint32_t i = 0; i < 256; i++) {
        checksum->table[i] = advance_by_byte(i << 24);
    }
    checksum->value = 0;
    checksum->size = 0;
}

static void
add_byte(Checksum *checksum, uint8_t byte)
{
    checksum->value = (checksum->value << 8) ^ checksum->table[(checksum->value >> 24) ^ byte];
}

static void
add_bytes(Checksum *checksum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        add_byte(checksum, bytes[i]);
    }
    checksum->size += length;
}

/* The size counts too: its lowest byte first, and no more bytes than it has. */
static char *
finish(Checksum *checksum)
{
    for (uint64_t rest = checksum->size; rest != 0; rest >>= 8) {
        add_byte(checksum, (uint8_t)rest);
    }
    return g_strdup_printf("%" PRIu32 " %" PRIu64, ~checksum->value, checksum->size);
}

char *
checksum_file(int fd, uint64_t least_size, GError **error)
{
    uint8_t buffer[65536];
    Checksum checksum;
    ssize_t length;

    checksum_init(&checksum);
    while ((length = pread(fd, buffer, sizeof(buffer), (off_t)checksum.size)) > 0) {
        add_bytes(&checksum, buffer, (size_t)length);
    }
    if (length < 0) {
        failure_set_from_errno(error, "the file cannot be read");
        return NULL;
    }
    while (checksum.size < least_size) {
        add_bytes(&checksum, (const uint8_t[1]){ 0 }, 1);
    }
    return finish(&checksum);
}
