/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-shm-capability.c: any bytes as a PCI capability, and any read of the mmio registers. */
#include "fuzz/fuzz.h"

#include <daxwin/error.h>
#include <daxwin/shm-capability.h>
#include <string.h>

enum {
    PADDING_AT = 6,
    PADDING_LENGTH = 2
};

/* Said again it has the same bytes, but for the padding, which means nothing. */
static void
say_again(const uint8_t *bytes, const DaxwinShmCapability *capability)
{
    uint8_t expected[DAXWIN_SHM_CAPABILITY_LENGTH];
    uint8_t again[DAXWIN_SHM_CAPABILITY_LENGTH];

    memcpy(expected, bytes, sizeof expected);
    memset(expected + PADDING_AT, 0, PADDING_LENGTH);
    daxwin_shm_capability_encode(again, capability->bar, capability->id, capability->offset,
                                 capability->length, capability->next);
    must(memcmp(again, expected, sizeof again) == 0);
}

static void
read_register(const DaxwinShmCapability *capability, uint32_t offset)
{
    DaxwinShmMmioRegion region = { capability->offset, capability->length };
    uint32_t value = 0;
    uint32_t absent = 0;
    bool is_known = daxwin_shm_mmio_read(&region, offset, &value);

    must(daxwin_shm_mmio_read(NULL, offset, &absent) == is_known);
    must(absent == (is_known ? UINT32_MAX : 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DaxwinShmCapability capability;
    g_autoptr(GError) error = NULL;

    if (size != DAXWIN_SHM_CAPABILITY_LENGTH) {
        return 0; /* it has one length, which the caller vouches for */
    }
    if (daxwin_shm_capability_decode(data, &capability, &error)) {
        must(error == NULL);
        say_again(data, &capability);
        read_register(&capability, data[1]);
    } else {
        must(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    }
    return 0;
}
