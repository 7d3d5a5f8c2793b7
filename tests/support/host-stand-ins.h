/* SPDX-License-Identifier: BSD-3-Clause */
/* host-stand-ins.h: functions of lib/host.h that count their calls and fail when a test wants. */
#pragma once

#include <stddef.h>

typedef enum {
    HOST_RESERVE,
    HOST_RESERVE_OVER,
    HOST_RESERVE_HOLE,
    HOST_MAP_OVER,
    HOST_MAP,
    HOST_PROTECT,
    HOST_GUARD,
    HOST_PROBE,
    HOST_ALLOCATE_LAZILY,
    HOST_COPY_FROM,
    HOST_COPY_TO,
    HOST_READ_MAX_MAP_COUNT,
    HOST_RELEASE,
    HOST_DUPLICATE,
    HOST_MOVE_OVER,
    HOST_SYNC,
    HOST_IDENTIFY,
    HOST_IDENTIFY_FILESYSTEM,
    HOST_GET_SEALS,
    HOST_OPEN_FLAGS,
    HOST_LIST_AREAS,
    HOST_FUNCTIONS /* how many there are */
} HostFunction;

/* What happens to the memory before a call is refused. */
typedef void (*HostDamage)(void *address, size_t length);

typedef struct {
    int refuse_with;   /* errno of a refusal; with 0 all calls reach the kernel */
    size_t first;      /* which call is the first to be refused; the next one is 1 */
    size_t n_refusals; /* how many are */
    HostDamage damage; /* or NULL */
    size_t n_calls;    /* so far, refused ones included */
} HostFault;

extern HostFault host_faults[HOST_FUNCTIONS];

/* From now on all calls reach the kernel, and are counted from 0. */
void host_faults_reset(void);

/* Refuses the call numbered @first from now on, 1 being the next one, and @n_refusals in all. */
void host_faults_refuse(HostFunction function, int refuse_with, size_t first, size_t n_refusals);

/* The calls of @function since the last reset. */
size_t host_faults_count(HostFunction function);

/* Takes the memory away, as the kernel does when the file's own mmap operation fails late. */
void host_damage_hole(void *address, size_t length);
