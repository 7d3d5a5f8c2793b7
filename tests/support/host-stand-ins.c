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
int __real_daxwin_host_map(size_t length, int protection, int fd, uint64_t file_offset,
                           void **address);
int __wrap_daxwin_host_map(size_t length, int protection, int fd, uint64_t file_offset,
                           void **address);
int __real_daxwin_host_protect(void *address, size_t length, int protection);
int __wrap_daxwin_host_protect(void *address, size_t length, int protection);
int __real_daxwin_host_guard(void *address, size_t length);
int __wrap_daxwin_host_guard(void *address, size_t length);
int __real_daxwin_host_probe(void *address, size_t length, bool for_write);
int __wrap_daxwin_host_probe(void *address, size_t length, bool for_write);
int __real_daxwin_host_allocate_lazily(size_t length, void **address);
int __wrap_daxwin_host_allocate_lazily(size_t length, void **address);
int __real_daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied);
int __wrap_daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied);
int __real_daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied);
int __wrap_daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied);
int __real_daxwin_host_read_max_map_count(size_t *count);
int __wrap_daxwin_host_read_max_map_count(size_t *count);
int __real_daxwin_host_release(void *address, size_t length);
int __wrap_daxwin_host_release(void *address, size_t length);
int __real_daxwin_host_duplicate(void *address, size_t length, void **copy);
int __wrap_daxwin_host_duplicate(void *address, size_t length, void **copy);
int __real_daxwin_host_move_over(void *from, size_t length, void *to);
int __wrap_daxwin_host_move_over(void *from, size_t length, void *to);
int __real_daxwin_host_sync(void *address, size_t length);
int __wrap_daxwin_host_sync(void *address, size_t length);
int __real_daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode);
int __wrap_daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode);
int __real_daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block);
int __wrap_daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block);
int __real_daxwin_host_get_seals(int fd, int *seals);
int __wrap_daxwin_host_get_seals(int fd, int *seals);
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
__wrap_daxwin_host_map(size_t length, int protection, int fd, uint64_t file_offset, void **address)
{
    int refusal = count_call(HOST_MAP, NULL, length);

    return refusal != 0 ? refusal
                        : __real_daxwin_host_map(length, protection, fd, file_offset, address);
}

int
__wrap_daxwin_host_protect(void *address, size_t length, int protection)
{
    int refusal = count_call(HOST_PROTECT, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_protect(address, length, protection);
}

int
__wrap_daxwin_host_guard(void *address, size_t length)
{
    int refusal = count_call(HOST_GUARD, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_guard(address, length);
}

int
__wrap_daxwin_host_probe(void *address, size_t length, bool for_write)
{
    int refusal = count_call(HOST_PROBE, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_probe(address, length, for_write);
}

int
__wrap_daxwin_host_allocate_lazily(size_t length, void **address)
{
    int refusal = count_call(HOST_ALLOCATE_LAZILY, NULL, length);

    return refusal != 0 ? refusal : __real_daxwin_host_allocate_lazily(length, address);
}

int
__wrap_daxwin_host_copy_from(void *buffer, const void *address, size_t length, size_t *copied)
{
    int refusal = count_call(HOST_COPY_FROM, NULL, length);

    return refusal != 0 ? refusal : __real_daxwin_host_copy_from(buffer, address, length, copied);
}

int
__wrap_daxwin_host_copy_to(void *address, const void *buffer, size_t length, size_t *copied)
{
    int refusal = count_call(HOST_COPY_TO, address, length);

    return refusal != 0 ? refusal : __real_daxwin_host_copy_to(address, buffer, length, copied);
}

int
__wrap_daxwin_host_read_max_map_count(size_t *count)
{
    int refusal = count_call(HOST_READ_MAX_MAP_COUNT, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_read_max_map_count(count);
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
__wrap_daxwin_host_identify(int fd, DaxwinFileId *id, uint64_t *size, unsigned *mode)
{
    int refusal = count_call(HOST_IDENTIFY, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_identify(fd, id, size, mode);
}

int
__wrap_daxwin_host_identify_filesystem(int fd, uint64_t *type, size_t *block)
{
    int refusal = count_call(HOST_IDENTIFY_FILESYSTEM, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_identify_filesystem(fd, type, block);
}

int
__wrap_daxwin_host_get_seals(int fd, int *seals)
{
    int refusal = count_call(HOST_GET_SEALS, NULL, 0);

    return refusal != 0 ? refusal : __real_daxwin_host_get_seals(fd, seals);
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
