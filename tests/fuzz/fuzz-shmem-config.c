/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz-shmem-config.c: any bytes as the reply to GET_SHMEM_CONFIG. */
#include "fuzz/fuzz.h"

#include <daxwin/error.h>
#include <daxwin/shmem-message.h>
#include <string.h>

static void
say_again(const DaxwinShmemConfig *config)
{
    uint8_t payload[DAXWIN_SHMEM_CONFIG_LENGTH];
    size_t length = 0;
    DaxwinShmemConfig again;

    must(daxwin_shmem_config_encode(config, payload, sizeof payload, &length, NULL));
    must(daxwin_shmem_config_decode(payload, length, &again, NULL));
    must(memcmp(config, &again, sizeof again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nothing[1];
    DaxwinShmemConfig config;
    g_autoptr(GError) error = NULL;

    if (daxwin_shmem_config_decode(data != NULL ? data : nothing, size, &config, &error)) {
        must(error == NULL);
        say_again(&config);
    } else {
        must(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_MESSAGE));
    }
    return 0;
}
