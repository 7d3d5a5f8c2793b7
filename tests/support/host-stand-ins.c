/* SPDX-License-Identifier: BSD-3-Clause */
/* host-stand-ins.c: functions of lib/host.h that count their calls and fail when a test wants. */
#include "host-stand-ins.h"

#include "host.h"

#include <sys/mman.h>

HostFault host_faults[HOST_FUNCTIONS];

int __real_daxwin_host_reserve(size_t length, int protection, void **address);
int __wrap_daxwin_host_reserve(size_t length, int protection, void **address);
int __real_daxwin_host_reserve_over(void *address, size_t length, int protection);
int __wrap_daxwin_host_reserve_over(void *address, size_t length, int protection);
int __real_daxwin_host_reserve_hole(void *address, size_t length, int protection);
int __wrap_daxwin_host_reserve_hole(void *address, size_t length, int protection);
int __real_daxwin_host_map_over(void *address, size_t length, int protection, int fd,
                                uint64_t file_offset);
int __wrap_daxwin_host_map_over(void *address, size_t length, int protection, int fd,
                                uint64_t file_offset);
int __real_daxwin_host_release(void *address, size_t length);
int __wrap_daxwin_host_release(void *address, size_t length);
int __real_daxwin_host_duplicate(void *address, size_t length, void **copy);
int __wrap_daxwin_host_duplicate(void *address, size_t length, void **copy);
int __real_daxwin_host_move_over(void *from, size_t length, void *to);
int __wrap_daxwin_host_move_over(void *from, size_t length, void *to);
int __real_daxwin_host_sync(void *address, size_t length);
int __wrap_daxwin_host_sync(void *address, size_t length);
int __real_daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode);
int __wrap_daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode);
int __real_daxwin_host_file_page_size(int fd, size_t *size);
int __wrap_daxwin_host_file_page_size(int fd, size_t *size);
int __real_daxwin_host_open_flags(int fd, int *flags);
int __wrap_daxwin_host_open_flags(int fd, int *flags);
int __real_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);
int __wrap_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data);

void
host_faults_reset(void)
{
    for (size_t i = 0; i < HOST_FUNCTIONS; i++) {
        host_faults[i] = (HostFault){ 0 };
    }
}

void
host_faults_refuse(HostFunction function, int refuse_with, size_t first, size_t n_refusals)
{
    HostFault *fault = &host_faults[function];

    fault->refuse_with = refuse_with;
    fault->first = fault->n_calls + first;
    fault->n_refusals = n_refusals;
}

size_t
host_faults_count(HostFunction function)
{
    return host_faults[function].n_calls;
}

void
host_damage_hole(void *address, size_t length)
{
    (void)munmap(address, length);
}

/* Counts a call of @function; the errno it is to be refused with, or 0. */
static int
count_call(HostFunction function, void *address, size_t length)
{
    HostFault *fault = &host_faults[function];

    fault->n_calls++;
    if (fault->refuse_with == 0 || fault->n_calls < fault->first ||
        fault->n_calls - fault->first >= fault->n_refusals) {
        return 0;
    }
    if (fault->damage != NULL) {
        fault->damage(address, length);
    }
    return fault->refuse_with;
}

int
__wrap_daxwin_host_reserve(size_t length, int protection, void **address)
{
    int refusal = count_call(HOST_RESERVE, NULL, length);

    return refusal != 0 ? refusal : __real_daxwin_host_reserve(length, protection, address);
}

int
__wrap_daxwin_host_reserve_over(void *address, size_t length, int protection)
{
    int refusal = count_call(HOST_RESERVE_OVER, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_reserve_over(address, length, protection);
}

int
__wrap_daxwin_host_reserve_hole(void *address, size_t length, int protection)
{
    int refusal = count_call(HOST_RESERVE_HOLE, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_reserve_hole(address, length, protection);
}

int
__wrap_daxwin_host_map_over(void *address, size_t length, int protection, int fd,
                            uint64_t file_offset)
{
    int refusal = count_call(HOST_MAP_OVER, address, length);

    return refusal != 0 ? refusal
                        : __real_daxwin_host_map_over(address, length, protection, fd, file_offset);
}

int
__wrap_daxwin_host_release(void *address, size_t length)
{
    int refusal = count_call(HOST_RELEASE, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_release(address, length);
}

int
__wrap_daxwin_host_duplicate(void *address, size_t length, void **copy)
{
    int refusal = count_call(HOST_DUPLICATE, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_duplicate(address, length, copy);
}

int
__wrap_daxwin_host_move_over(void *from, size_t length, void *to)
{
    int refusal = count_call(HOST_MOVE_OVER, to, length);

    return refusal != 0 ? refusal : __real_daxwin_host_move_over(from, length, to);
}

int
__wrap_daxwin_host_sync(void *address, size_t length)
{
    int refusal = count_call(HOST_SYNC, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_sync(address, length);
}

int
__wrap_daxwin_host_identify(int fd, DaxwinFileId *id, unsigned *mode)
{
    int refusal = count_call(HOST_IDENTIFY, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_identify(fd, id, mode);
}

int
__wrap_daxwin_host_file_page_size(int fd, size_t *size)
{
    int refusal = count_call(HOST_FILE_PAGE_SIZE, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_file_page_size(fd, size);
}

int
__wrap_daxwin_host_open_flags(int fd, int *flags)
{
    int refusal = count_call(HOST_OPEN_FLAGS, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_open_flags(fd, flags);
}

int
__wrap_daxwin_host_list_areas(DaxwinHostLineFunc func, void *user_data)
{
    int refusal = count_call(HOST_LIST_AREAS, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_list_areas(func, user_data);
}
