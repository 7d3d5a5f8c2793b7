/* SPDX-License-Identifier: BSD-3-Clause */
/* workload-transfer.c: bytes between a file and guest memory. */
#include "workloads.h"

#include "fail.h"
#include "scratch.h"

#include <daxwin/daxwin.h>

#include <unistd.h>

static const uint64_t FILE_SIZE = UINT64_C(16) << 20;

typedef struct {
    uint64_t length;
    DaxwinDirection direction;
    int fd;
} TransferSetting;

typedef struct {
    TransferSetting setting;
    char *memory; /* the guest's, from address 0 on */
} Mover;

static void *
open_mover(const void *setting)
{
    Mover *mover = g_new(Mover, 1);

    mover->setting = *(const TransferSetting *)setting;
    mover->memory = g_malloc0(mover->setting.length);
    return mover;
}

static void
close_mover(void *state)
{
    Mover *mover = state;

    g_free(mover->memory);
    g_free(mover);
}

static void *
resolve(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    const Mover *mover = user_data;

    (void)for_write;
    *length = MIN(*length, mover->setting.length - guest_address);
    return mover->memory + guest_address;
}

static uint64_t
file_offset_at(const Mover *mover, uint64_t i)
{
    return i * mover->setting.length % FILE_SIZE;
}

static uint64_t
run_ours(void *state, uint64_t round, uint64_t count)
{
    Mover *mover = state;
    g_autoptr(GError) error = NULL;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        DaxwinTransfer transfer = { file_offset_at(mover, i), 0, mover->setting.length,
                                    mover->setting.direction };
        uint64_t done;

        if (!daxwin_transfer_run(mover->setting.fd, &transfer, 1, DAXWIN_TRANSFER_DEFAULT, resolve,
                                 mover, &done, &error)) {
            fail("%s", error->message);
        }
    }
    return count;
}

static uint64_t
run_bare(void *state, uint64_t round, uint64_t count)
{
    const Mover *mover = state;
    const TransferSetting *setting = &mover->setting;

    (void)round;
    for (uint64_t i = 0; i < count; i++) {
        off_t offset = (off_t)file_offset_at(mover, i);
        ssize_t moved = setting->direction == DAXWIN_TRANSFER_TO_GUEST
                            ? pread(setting->fd, mover->memory, setting->length, offset)
                            : pwrite(setting->fd, mover->memory, setting->length, offset);

        if (moved != (ssize_t)setting->length) {
            fail_with_errno("cannot move bytes");
        }
    }
    return count;
}

static void
race_transfer(Bench *bench, const char *name, const char *title, const TransferSetting *setting)
{
    const Racer racers[] = {
        { "ours", open_mover, NULL, run_ours, close_mover, setting },
        { "bare", open_mover, NULL, run_bare, close_mover, setting },
    };
    bool is_small = setting->length < 64 * KIB;
    const Wanted wanted = { is_small ? WANTED_DIFFERENCE : WANTED_SPEED,
                            0,
                            1,
                            { is_small ? GOAL_AT_MOST : GOAL_AT_LEAST, is_small ? 150 : 0.98 } };

    (void)race_run(bench, &(Race){ .name = name,
                                   .title = title,
                                   .per = "transfer",
                                   .racers = racers,
                                   .n_racers = G_N_ELEMENTS(racers),
                                   .wanted = &wanted,
                                   .n_wanted = 1 });
}

void
workload_transfer(Bench *bench)
{
    static const struct {
        const char *name;
        const char *title;
        uint64_t length;
        DaxwinDirection direction;
    } LOADS[] = {
        { "read-4K", "transfer of 4 KiB to the guest", 4096, DAXWIN_TRANSFER_TO_GUEST },
        { "read-64K", "transfer of 64 KiB to the guest", 65536, DAXWIN_TRANSFER_TO_GUEST },
        { "read-1M", "transfer of 1 MiB to the guest", 1 << 20, DAXWIN_TRANSFER_TO_GUEST },
        { "write-4K", "transfer of 4 KiB from the guest", 4096, DAXWIN_TRANSFER_FROM_GUEST },
        { "write-64K", "transfer of 64 KiB from the guest", 65536, DAXWIN_TRANSFER_FROM_GUEST },
        { "write-1M", "transfer of 1 MiB from the guest", 1 << 20, DAXWIN_TRANSFER_FROM_GUEST },
    };
    int fd = scratch_open_filled(bench->directory, FILE_SIZE);

    for (size_t i = 0; i < G_N_ELEMENTS(LOADS); i++) {
        race_transfer(bench, LOADS[i].name, LOADS[i].title,
                      &(TransferSetting){ LOADS[i].length, LOADS[i].direction, fd });
    }
    scratch_close(fd);
}
