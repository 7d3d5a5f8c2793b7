/* SPDX-License-Identifier: BSD-3-Clause */
/* fs-message.h: the vhost-user messages FS_MAP, FS_UNMAP, FS_SYNC and FS_IO as bytes. */
#pragma once

#include <daxwin/macros.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/*
 * These back-end requests were deployed but never became part of the vhost-user specification, so
 * no two speakers agree on their numbers, and some numbers mean something else today. Nothing in a
 * payload tells the layouts apart: whoever embeds the library says which one a backend speaks.
 * Numbers are in the byte order of the host, as everywhere in vhost-user.
 */

/**
 * DaxwinFsDialect:
 * @DAXWIN_FS_DIALECT_ENTRIES: an 8-byte header and up to 32 entries: the QEMU series of 2021
 * @DAXWIN_FS_DIALECT_FIXED8: four arrays of eight numbers: QEMU's development tree of 2018 to
 *   2020, rust-vmm, Cloud Hypervisor, crosvm
 *
 * The layout of a payload.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_DIALECT_ENTRIES = 1,
    DAXWIN_FS_DIALECT_FIXED8 = 2
} DaxwinFsDialect;

/**
 * DaxwinFsRequestQemu2021:
 * @DAXWIN_FS_QEMU_2021_MAP: FS_MAP
 * @DAXWIN_FS_QEMU_2021_UNMAP: FS_UNMAP
 * @DAXWIN_FS_QEMU_2021_IO: FS_IO
 *
 * Request codes of the QEMU series of 2021, layout DAXWIN_FS_DIALECT_ENTRIES. The vhost-user
 * specification has since given 6, 7 and 8 to SHARED_OBJECT_ADD, _REMOVE and _LOOKUP.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_QEMU_2021_MAP = 6,
    DAXWIN_FS_QEMU_2021_UNMAP = 7,
    DAXWIN_FS_QEMU_2021_IO = 8
} DaxwinFsRequestQemu2021;

/**
 * DaxwinFsRequestFixed8:
 * @DAXWIN_FS_FIXED8_MAP: FS_MAP
 * @DAXWIN_FS_FIXED8_UNMAP: FS_UNMAP
 * @DAXWIN_FS_FIXED8_SYNC: FS_SYNC
 * @DAXWIN_FS_FIXED8_IO: FS_IO; SHMEM_MAP in today's specification
 *
 * Request codes of QEMU's development tree of 2018 to 2020, of rust-vmm's vhost 0.1 to 0.11 (2020
 * to 2024) with Cloud Hypervisor, Dragonball and Nydus, and of crosvm in 2021, layout
 * DAXWIN_FS_DIALECT_FIXED8.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_FIXED8_MAP = 6,
    DAXWIN_FS_FIXED8_UNMAP = 7,
    DAXWIN_FS_FIXED8_SYNC = 8,
    DAXWIN_FS_FIXED8_IO = 9
} DaxwinFsRequestFixed8;

/**
 * DaxwinFsRequestRustVmm2019:
 * @DAXWIN_FS_RUST_VMM_2019_MAP: FS_MAP
 * @DAXWIN_FS_RUST_VMM_2019_UNMAP: FS_UNMAP
 * @DAXWIN_FS_RUST_VMM_2019_SYNC: FS_SYNC
 * @DAXWIN_FS_RUST_VMM_2019_IO: FS_IO
 *
 * Request codes of rust-vmm's vhost from 2019 to September 2020, layout DAXWIN_FS_DIALECT_FIXED8.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_RUST_VMM_2019_MAP = 4,
    DAXWIN_FS_RUST_VMM_2019_UNMAP = 5,
    DAXWIN_FS_RUST_VMM_2019_SYNC = 6,
    DAXWIN_FS_RUST_VMM_2019_IO = 7
} DaxwinFsRequestRustVmm2019;

/**
 * DaxwinFsRequestRustVmm2024:
 * @DAXWIN_FS_RUST_VMM_2024_MAP: FS_MAP; an old SHMEM_MAP for crosvm
 * @DAXWIN_FS_RUST_VMM_2024_UNMAP: FS_UNMAP; an old SHMEM_UNMAP for crosvm
 * @DAXWIN_FS_RUST_VMM_2024_SYNC: FS_SYNC; FS_MAP for crosvm
 * @DAXWIN_FS_RUST_VMM_2024_IO: FS_IO; FS_UNMAP for crosvm
 *
 * Request codes of rust-vmm's vhost for nine days of June 2024, never released, layout
 * DAXWIN_FS_DIALECT_FIXED8.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_RUST_VMM_2024_MAP = 1000,
    DAXWIN_FS_RUST_VMM_2024_UNMAP = 1001,
    DAXWIN_FS_RUST_VMM_2024_SYNC = 1002,
    DAXWIN_FS_RUST_VMM_2024_IO = 1003
} DaxwinFsRequestRustVmm2024;

/**
 * DaxwinFsRequestCrosvm:
 * @DAXWIN_FS_CROSVM_MAP: FS_MAP
 * @DAXWIN_FS_CROSVM_UNMAP: FS_UNMAP
 * @DAXWIN_FS_CROSVM_SYNC: FS_SYNC
 * @DAXWIN_FS_CROSVM_IO: FS_IO
 *
 * Request codes of crosvm until March 2024, layout DAXWIN_FS_DIALECT_FIXED8.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_CROSVM_MAP = 1002,
    DAXWIN_FS_CROSVM_UNMAP = 1003,
    DAXWIN_FS_CROSVM_SYNC = 1004,
    DAXWIN_FS_CROSVM_IO = 1005
} DaxwinFsRequestCrosvm;

/**
 * DAXWIN_FS_MESSAGE_MAX_ENTRIES:
 *
 * How many entries a message can have, in the layout that has room for more.
 *
 * Since: 0.1
 */
#define DAXWIN_FS_MESSAGE_MAX_ENTRIES 32

/**
 * DAXWIN_FS_MESSAGE_MAX_LENGTH:
 *
 * The length of the longest payload, in bytes.
 *
 * Since: 0.1
 */
#define DAXWIN_FS_MESSAGE_MAX_LENGTH 1032

/**
 * DAXWIN_FS_LENGTH_ALL:
 *
 * The length of an FS_UNMAP entry that means the whole window. It means nothing anywhere else.
 *
 * Since: 0.1
 */
#define DAXWIN_FS_LENGTH_ALL UINT64_MAX

/**
 * DaxwinFsEntryFlags:
 * @DAXWIN_FS_ENTRY_READ: FS_MAP: the guest may read; FS_IO: from the file to the guest
 * @DAXWIN_FS_ENTRY_WRITE: FS_MAP: the guest may write; FS_IO: from the guest to the file
 *
 * The flags of an entry, bits 0 and 1. FUSE_SETUPMAPPING has the same two the other way round.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_ENTRY_READ = 1 << 0,
    DAXWIN_FS_ENTRY_WRITE = 1 << 1
} DaxwinFsEntryFlags;

/**
 * DaxwinFsMessageFlags:
 * @DAXWIN_FS_MESSAGE_DROP_FSETID: FS_IO: write without the capability CAP_FSETID, so that the
 *   kernel strips the set-user-id and set-group-id bits of the file
 *
 * The flags of a message; layout DAXWIN_FS_DIALECT_FIXED8 has none.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_FS_MESSAGE_DROP_FSETID = 1 << 0
} DaxwinFsMessageFlags;

/**
 * DaxwinFsEntry:
 * @file_offset: bytes from the start of the file
 * @cache_offset: bytes from the start of the window; for FS_IO a guest-physical address
 * @length: bytes; with 0 the entry asks for nothing, see also DAXWIN_FS_LENGTH_ALL
 * @flags: bits of #DaxwinFsEntryFlags
 *
 * One entry of a message.
 *
 * Since: 0.1
 */
typedef struct {
    uint64_t file_offset;
    uint64_t cache_offset;
    uint64_t length;
    uint64_t flags;
} DaxwinFsEntry;

/**
 * DaxwinFsMessage:
 * @flags: bits of #DaxwinFsMessageFlags
 * @n_entries: how many of @entries are used
 * @entries: what is asked for, in order
 *
 * The payload of any of the four requests.
 *
 * Since: 0.1
 */
typedef struct {
    uint32_t flags;
    size_t n_entries;
    DaxwinFsEntry entries[DAXWIN_FS_MESSAGE_MAX_ENTRIES];
} DaxwinFsMessage;

/**
 * daxwin_fs_message_decode:
 * @dialect: the layout
 * @payload: (not nullable): the bytes behind the vhost-user header, at any address
 * @length: how many
 * @out: (out) (not nullable): what they say; left alone on failure
 * @error: where to say why not
 *
 * Reads a payload. Any bytes are safe to give. What the entries ask for is not judged, but for
 * their flags: bits that no speaker has defined are refused. Empty slots of
 * DAXWIN_FS_DIALECT_FIXED8, which may lie between used ones, are left out; a
 * DAXWIN_FS_DIALECT_ENTRIES payload of 8 bytes has no entries, which is how the C virtiofsd of
 * 2021 asked to unmap everything. Any thread.
 *
 * Returns: true if they say something; false with DAXWIN_ERROR_MESSAGE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_fs_message_decode(DaxwinFsDialect dialect, const void *payload, size_t length,
                              DaxwinFsMessage *out, GError **error);

/**
 * daxwin_fs_message_encode:
 * @dialect: the layout
 * @message: (not nullable): what to say
 * @payload: (out caller-allocates) (not nullable): where to put the bytes; left alone on failure
 * @capacity: how many there is room for; DAXWIN_FS_MESSAGE_MAX_LENGTH is always enough
 * @length: (out) (not nullable): how many there are
 * @error: where to say why not
 *
 * Writes a payload, for a backend or a test. Any thread.
 *
 * Returns: true if it fits; false with DAXWIN_ERROR_MESSAGE if the layout cannot say that, or not
 *   in @capacity bytes
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_fs_message_encode(DaxwinFsDialect dialect, const DaxwinFsMessage *message,
                              void *payload, size_t capacity, size_t *length, GError **error);

G_END_DECLS
