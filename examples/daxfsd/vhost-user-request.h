/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-request.h: one request of a front end, and how it is carried out. */
#pragma once

#include "device.h"

typedef enum {
    VHOST_USER_GET_FEATURES = 1,
    VHOST_USER_SET_FEATURES = 2,
    VHOST_USER_SET_OWNER = 3,
    VHOST_USER_RESET_OWNER = 4,
    VHOST_USER_SET_MEM_TABLE = 5,
    VHOST_USER_SET_VRING_NUM = 8,
    VHOST_USER_SET_VRING_ADDR = 9,
    VHOST_USER_SET_VRING_BASE = 10,
    VHOST_USER_GET_VRING_BASE = 11,
    VHOST_USER_SET_VRING_KICK = 12,
    VHOST_USER_SET_VRING_CALL = 13,
    VHOST_USER_SET_VRING_ERR = 14,
    VHOST_USER_GET_PROTOCOL_FEATURES = 15,
    VHOST_USER_SET_PROTOCOL_FEATURES = 16,
    VHOST_USER_GET_QUEUE_NUM = 17,
    VHOST_USER_SET_VRING_ENABLE = 18,
    VHOST_USER_SET_BACKEND_REQ_FD = 21
} VhostUserRequest;

/* Numbers of bits. */
enum {
    VHOST_USER_F_PROTOCOL_FEATURES = 30
};

enum {
    VHOST_USER_PROTOCOL_F_MQ = 0,
    VHOST_USER_PROTOCOL_F_REPLY_ACK = 3,
    VHOST_USER_PROTOCOL_F_BACKEND_REQ = 5,
    VHOST_USER_PROTOCOL_F_BACKEND_SEND_FD = 10
};

/* What a request wants to be answered with, if with anything but whether it worked. */
typedef struct {
    bool is_wanted;
    size_t size;
    uint8_t payload[16];
} Reply;

/* Sets an error that tells of the request; returns false. */
bool vhost_user_refuse(const Message *message, const char *why, GError **error);

/* Copies a payload, which has to be of exactly this size. */
bool vhost_user_read(const Message *message, void *to, size_t size, GError **error);

/* Answers with these bytes, 16 at most. */
void reply_set(Reply *reply, const void *payload, size_t size);

/* Carries out a request about a queue, and takes what file descriptors it needs from @message;
 * false with an error. */
bool vhost_user_handle_vring(Device *device, Message *message, Reply *reply, GError **error);
