/* SPDX-License-Identifier: BSD-3-Clause */
/* shmem-message.h: the vhost-user messages for shared memory regions as bytes. */
#pragma once

#include <daxwin/macros.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/*
 * From the vhost-user specification: SHMEM_MAP, SHMEM_UNMAP and GET_SHMEM_CONFIG. Numbers are in
 * the byte order of the host, as everywhere in vhost-user.
 */

/**
 * DaxwinShmemRequest:
 * @DAXWIN_SHMEM_MAP: SHMEM_MAP, from the backend, with one file descriptor
 * @DAXWIN_SHMEM_UNMAP: SHMEM_UNMAP, from the backend
 * @DAXWIN_SHMEM_GET_CONFIG: GET_SHMEM_CONFIG, from the front-end
 *
 * Request codes. Requests from the backend and from the front-end are numbered separately.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_SHMEM_MAP = 9,
    DAXWIN_SHMEM_UNMAP = 10,
    DAXWIN_SHMEM_GET_CONFIG = 44
} DaxwinShmemRequest;

/**
 * DAXWIN_SHMEM_PROTOCOL_FEATURE:
 *
 * The bit of VHOST_USER_PROTOCOL_F_SHMEM. Drafts used 20 and 21, which mean other things now, and
 * crosvm once 31: none of them may be offered for this.
 *
 * Since: 0.1
 */
#define DAXWIN_SHMEM_PROTOCOL_FEATURE 22

/**
 * DAXWIN_SHMEM_MAX_REGIONS:
 *
 * How many regions a device can have: one for each value of an 8-bit id.
 *
 * Since: 0.1
 */
#define DAXWIN_SHMEM_MAX_REGIONS 256

/**
 * DAXWIN_SHMEM_MESSAGE_LENGTH:
 *
 * The length of the payload of SHMEM_MAP and SHMEM_UNMAP, in bytes.
 *
 * Since: 0.1
 */
#define DAXWIN_SHMEM_MESSAGE_LENGTH 40

/**
 * DAXWIN_SHMEM_CONFIG_LENGTH:
 *
 * The length of the payload of the reply to GET_SHMEM_CONFIG, in bytes.
 *
 * Since: 0.1
 */
#define DAXWIN_SHMEM_CONFIG_LENGTH 2056

/**
 * DaxwinShmemFlags:
 * @DAXWIN_SHMEM_READ_WRITE: the guest may write; without it, it may only read
 *
 * The flags of a SHMEM_MAP.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_SHMEM_READ_WRITE = 1 << 0
} DaxwinShmemFlags;

/**
 * DaxwinShmemMessage:
 * @shmid: which region
 * @file_offset: bytes from the start of the file; without meaning for SHMEM_UNMAP
 * @shm_offset: bytes from the start of the region
 * @length: bytes
 * @flags: bits of #DaxwinShmemFlags
 *
 * The payload of SHMEM_MAP and SHMEM_UNMAP.
 *
 * Since: 0.1
 */
typedef struct {
    uint8_t shmid;
    uint64_t file_offset;
    uint64_t shm_offset;
    uint64_t length;
    uint64_t flags;
} DaxwinShmemMessage;

/**
 * DaxwinShmemConfig:
 * @sizes: the size of the region with each id, in bytes, 0 where there is none
 *
 * The payload of the reply to GET_SHMEM_CONFIG.
 *
 * Since: 0.1
 */
typedef struct {
    uint64_t sizes[DAXWIN_SHMEM_MAX_REGIONS];
} DaxwinShmemConfig;

/**
 * daxwin_shmem_message_decode:
 * @payload: (not nullable): the bytes behind the vhost-user header, at any address
 * @length: how many
 * @out: (out) (not nullable): what they say; left alone on failure
 * @error: where to say why not
 *
 * Reads the payload of SHMEM_MAP or SHMEM_UNMAP. Any bytes are safe to give. Unknown flag bits are
 * refused, padding is ignored. Any thread.
 *
 * Returns: true if they say something; false with DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_shmem_message_decode(const void *payload, size_t length, DaxwinShmemMessage *out,
                                 GError **error);

/**
 * daxwin_shmem_message_encode:
 * @message: (not nullable): what to say
 * @payload: (out caller-allocates) (not nullable): where to put the bytes; left alone on failure
 * @capacity: how many there is room for
 * @length: (out) (not nullable): how many there are: DAXWIN_SHMEM_MESSAGE_LENGTH
 * @error: where to say why not
 *
 * Writes the payload of SHMEM_MAP or SHMEM_UNMAP. Any thread.
 *
 * Returns: true if it fits; false with DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_shmem_message_encode(const DaxwinShmemMessage *message, void *payload, size_t capacity,
                                 size_t *length, GError **error);

/**
 * daxwin_shmem_config_decode:
 * @payload: (not nullable): the bytes behind the vhost-user header, at any address
 * @length: how many
 * @out: (out) (not nullable): what they say; left alone on failure
 * @error: where to say why not
 *
 * Reads the reply to GET_SHMEM_CONFIG, whose count must be that of the sizes which are not 0.
 * Whether a window can have such a size is daxwin_size_check()'s to say. Any thread.
 *
 * Returns: true if they say something; false with DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_shmem_config_decode(const void *payload, size_t length, DaxwinShmemConfig *out,
                                GError **error);

/**
 * daxwin_shmem_config_encode:
 * @config: (not nullable): what to say
 * @payload: (out caller-allocates) (not nullable): where to put the bytes; left alone on failure
 * @capacity: how many there is room for
 * @length: (out) (not nullable): how many there are: DAXWIN_SHMEM_CONFIG_LENGTH
 * @error: where to say why not
 *
 * Writes the reply to GET_SHMEM_CONFIG. Any thread.
 *
 * Returns: true if it fits; false with DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_shmem_config_encode(const DaxwinShmemConfig *config, void *payload, size_t capacity,
                                size_t *length, GError **error);

G_END_DECLS
