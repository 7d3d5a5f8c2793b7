/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-request.c: a FUSE request on its way from a chain of guest memory to its answer. */
#include "fuse-request.h"

#include <string.h>

static size_t
get_message_length(const struct fuse_in_header *header)
{
    const size_t of_write = sizeof(*header) + sizeof(struct fuse_write_in);

    return header->opcode == FUSE_WRITE ? MIN(header->len, of_write) : header->len;
}

bool
fuse_request_read(FuseRequest *request, Chain *chain)
{
    *request = (FuseRequest){ .chain = chain };

    struct fuse_in_header *header = &request->header;

    if (!guest_buffer_get(&chain->readable, 0, header, sizeof(*header)) ||
        header->len < sizeof(*header) || header->len > chain->readable.length) {
        return false;
    }
    request->message_length = get_message_length(header);
    request->data_length = header->len - request->message_length;
    if (request->message_length > FUSE_REQUEST_MAX_MESSAGE) {
        return false;
    }
    request->message = g_malloc(request->message_length + 1);
    request->message[request->message_length] = '\0';
    if (!guest_buffer_get(&chain->readable, 0, request->message, request->message_length)) {
        return false;
    }
    memcpy(request->message, header, sizeof(*header)); /* it may have changed meanwhile */
    return true;
}

void
fuse_request_clear(FuseRequest *request)
{
    g_free(request->message);
}

const void *
fuse_request_get_arguments(const FuseRequest *request)
{
    return request->message + sizeof(struct fuse_in_header);
}

size_t
fuse_request_get_room(const FuseRequest *request, size_t wanted)
{
    size_t length = request->chain->writable.length;
    size_t used = sizeof(struct fuse_out_header);

    return length > used ? MIN(length - used, wanted) : 0;
}

bool
fuse_request_answer(FuseRequest *request, const struct iovec *pieces, int n)
{
    size_t offset = 0;

    for (int i = 0; i < n; i++) {
        if (!guest_buffer_put(&request->chain->writable, offset, pieces[i].iov_base,
                              pieces[i].iov_len)) {
            return false;
        }
        offset += pieces[i].iov_len;
    }
    request->is_answered = true;
    request->written = (uint32_t)offset;
    return true;
}

static void
answer_with_header(FuseRequest *request, int error, size_t length)
{
    struct fuse_out_header header = {
        .len = (uint32_t)(sizeof(header) + length),
        .error = -error,
        .unique = request->header.unique,
    };
    struct iovec piece = { &header, sizeof(header) };

    if (fuse_request_answer(request, &piece, 1)) {
        request->written += (uint32_t)length;
    }
}

void
fuse_request_answer_errno(FuseRequest *request, int error)
{
    answer_with_header(request, error, 0);
}

void
fuse_request_answer_data(FuseRequest *request, size_t length)
{
    answer_with_header(request, 0, length);
}
