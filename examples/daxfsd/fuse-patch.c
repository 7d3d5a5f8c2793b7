/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-patch.c: what answers have to say about DAX and set-id bits, and libfuse cannot. */
#include "fuse-patch.h"

#include <daxwin/size.h>

#include <sys/stat.h>

/* A guest that is not told "dax=always" uses DAX for the files that are marked: all regular ones.
 * Mappings are what those have; the rest has no use for it. */
static void
mark(struct fuse_attr *attributes)
{
    if (S_ISREG(attributes->mode)) {
        attributes->flags |= FUSE_ATTR_DAX;
    }
}

/* The start of an answer of this type; NULL if it is shorter. */
#define AS_ANSWER(type, piece) ((piece)->iov_len >= sizeof(type) ? (type *)(piece)->iov_base : NULL)

static void
mark_entry(const struct iovec *piece)
{
    struct fuse_entry_out *entry = AS_ANSWER(struct fuse_entry_out, piece);

    if (entry != NULL) {
        mark(&entry->attr);
    }
}

static void
mark_attributes(const struct iovec *piece)
{
    struct fuse_attr_out *answer = AS_ANSWER(struct fuse_attr_out, piece);

    if (answer != NULL) {
        mark(&answer->attr);
    }
}

static void
mark_directory(const struct iovec *piece)
{
    size_t offset = 0;

    while (piece->iov_len - offset >= sizeof(struct fuse_direntplus)) {
        struct fuse_direntplus *entry = (void *)((uint8_t *)piece->iov_base + offset);
        size_t length = FUSE_DIRENTPLUS_SIZE(entry);

        mark(&entry->entry_out.attr);
        if (length > piece->iov_len - offset) {
            return;
        }
        offset += length;
    }
}

/* Accepts what daxfsd knows how to do and the guest has offered. */
static void
patch_init(Share *share, const FuseRequest *request, const struct iovec *piece)
{
    const struct fuse_init_in *offered = fuse_request_get_arguments(request);
    struct fuse_init_out *answer = AS_ANSWER(struct fuse_init_out, piece);

    if (answer == NULL) {
        return;
    }
    answer->flags |= offered->flags & FUSE_HANDLE_KILLPRIV_V2;
    if ((offered->flags & FUSE_MAP_ALIGNMENT) != 0) {
        answer->flags |= FUSE_MAP_ALIGNMENT;
        answer->map_alignment = (uint16_t)g_bit_nth_lsf(daxwin_host_page_size(), -1);
    }
    /* A guest without a window does not offer the first; flags2 is only there with the second. */
    share->marks_inodes = backend_channel_has_socket(share->backend) &&
                          (offered->flags & FUSE_MAP_ALIGNMENT) != 0 &&
                          (offered->flags & FUSE_INIT_EXT) != 0 &&
                          request->message_length >= sizeof(request->header) + sizeof(*offered) &&
                          (offered->flags2 & (FUSE_HAS_INODE_DAX >> 32)) != 0;
    if (share->marks_inodes) {
        answer->flags |= FUSE_INIT_EXT;
        answer->flags2 |= (uint32_t)(FUSE_HAS_INODE_DAX >> 32);
    }
}

void
fuse_patch(Share *share, const FuseRequest *request, const struct iovec *pieces, int n)
{
    if (n < 2 || ((const struct fuse_out_header *)pieces[0].iov_base)->error != 0) {
        return;
    }
    if (request->header.opcode == FUSE_INIT) {
        patch_init(share, request, &pieces[1]);
    }
    if (!share->marks_inodes) {
        return;
    }
    switch (request->header.opcode) {
    case FUSE_LOOKUP:
    case FUSE_CREATE:
    case FUSE_LINK:
    case FUSE_MKNOD:
        mark_entry(&pieces[1]);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
        mark_attributes(&pieces[1]);
        break;
    case FUSE_READDIRPLUS:
        mark_directory(&pieces[1]);
        break;
    default:
        break;
    }
}
