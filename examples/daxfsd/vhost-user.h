/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user.h: a conversation with a vhost-user front end. */
#pragma once

#include "device.h"

/* Does what the front end at @fd asks for, until it disconnects or @stop_fd, which is only polled,
 * becomes readable; false with an error if it breaks the rules. */
bool vhost_user_serve(Device *device, int fd, int stop_fd, GError **error);
