/* SPDX-License-Identifier: BSD-3-Clause */
/* fuse-request.h: a FUSE request on its way from a chain of guest memory to its answer. */
#pragma once

#include "virtqueue.h"

#include <linux/fuse.h>
#include <sys/uio.h>

enum {
    /* The longest is FUSE_SETXATTR with a value of 64 KiB; the data of FUSE_WRITE stay where they
     * are. */
    FUSE_REQUEST_MAX_MESSAGE = 128 * 1024
};

/*
 * What the guest says is copied before it is judged, because it may change it at any time. Only the
 * bytes that files are made of are not: they go straight between file and guest memory.
 */
typedef struct {
    struct fuse_in_header header;
    uint8_t *message; /* the header, and all behind it but for data, and a NUL behind that */
    size_t message_length;
    size_t data_length; /* of what follows in the chain, for FUSE_WRITE */
    Chain *chain;
    bool is_answered;
    uint32_t written; /* bytes of the answer */
} FuseRequest;

/* Copies what is in @chain, which is borrowed; false if it is no request that could be answered. */
bool fuse_request_read(FuseRequest *request, Chain *chain);

void fuse_request_clear(FuseRequest *request);

/* What follows the header. */
const void *fuse_request_get_arguments(const FuseRequest *request);

/* How many bytes there is room for in an answer, behind its header; at most @wanted. */
size_t fuse_request_get_room(const FuseRequest *request, size_t wanted);

/* Answers with these pieces, the first of which starts with a struct fuse_out_header; false if
 * there is no room. */
bool fuse_request_answer(FuseRequest *request, const struct iovec *pieces, int n);

/* Answers with an errno, or 0 for success. */
void fuse_request_answer_errno(FuseRequest *request, int error);

/* Answers with the bytes that are in the chain already, behind the place for the header. */
void fuse_request_answer_data(FuseRequest *request, size_t length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FuseRequest, fuse_request_clear)
