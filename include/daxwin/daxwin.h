/* SPDX-License-Identifier: BSD-3-Clause */
/* daxwin.h: all of libdaxwin. */
#pragma once

#include <daxwin/describe.h>
#include <daxwin/error.h>
#include <daxwin/fs-message.h>
#include <daxwin/macros.h>
#include <daxwin/mapping.h>
#include <daxwin/protection.h>
#include <daxwin/range.h>
#include <daxwin/serve.h>
#include <daxwin/shm-capability.h>
#include <daxwin/shmem-message.h>
#include <daxwin/size.h>
#include <daxwin/transfer.h>
#include <daxwin/version.h>
#include <daxwin/window.h>
