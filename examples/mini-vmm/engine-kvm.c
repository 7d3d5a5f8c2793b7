/* SPDX-License-Identifier: BSD-3-Clause */
/* engine-kvm.c: runs the guest on the processor itself, by way of /dev/kvm. */
#include "engine.h"

#include "failure.h"
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.8 tells with this exit where a KVM_RUN failed with EFAULT; older headers lack it. */
enum {
    EXIT_MEMORY_FAULT = 39
};

typedef struct {
    uint64_t flags;
    uint64_t guest_address;
    uint64_t size;
} MemoryFault;

/* Intel processors of the first generations need three pages for themselves; as in other VMMs. */
static const unsigned long TASK_STATE_ADDRESS = 0xfffbd000;

typedef struct {
    Engine engine;
    Machine *machine;
    int kvm_fd;
    int vm_fd;
    int vcpu_fd;
    struct kvm_run *run; /* shared with the kernel */
    size_t run_size;
} KvmEngine;

static void
close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

static void
kvm_free(Engine *engine)
{
    KvmEngine *kvm = (KvmEngine *)engine;

    if (kvm->run != NULL) {
        munmap(kvm->run, kvm->run_size);
    }
    close_if_open(kvm->vcpu_fd);
    close_if_open(kvm->vm_fd);
    close_if_open(kvm->kvm_fd);
    g_free(kvm);
}

static bool
create_vm(KvmEngine *kvm, GError **error)
{
    kvm->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm->kvm_fd < 0) {
        failure_set_from_errno(error, "/dev/kvm");
        return false;
    }
    kvm->vm_fd = ioctl(kvm->kvm_fd, KVM_CREATE_VM, 0);
    if (kvm->vm_fd < 0 || ioctl(kvm->vm_fd, KVM_SET_TSS_ADDR, TASK_STATE_ADDRESS) != 0) {
        failure_set_from_errno(error, "KVM makes no virtual machine");
        return false;
    }
    return true;
}

static bool
add_memory(KvmEngine *kvm, uint32_t slot, uint64_t guest_address, void *memory, uint64_t size,
           GError **error)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = guest_address,
        .memory_size = size,
        .userspace_addr = (uintptr_t)memory,
    };

    if (ioctl(kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) != 0) {
        failure_set_from_errno(error, "KVM takes no guest memory");
        return false;
    }
    return true;
}

/* The window gets its slot here, and keeps it: what is mapped later just appears in it. */
static bool
add_memories(KvmEngine *kvm, GError **error)
{
    DaxwinWindow *window = kvm->machine->window;

    return add_memory(kvm, 0, 0, kvm->machine->ram, RAM_SIZE, error) &&
           add_memory(kvm, 1, WINDOW_ADDRESS, daxwin_window_get_base(window),
                      daxwin_window_get_size(window), error);
}

static bool
create_vcpu(KvmEngine *kvm, GError **error)
{
    int run_size = ioctl(kvm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    void *run = MAP_FAILED;

    kvm->vcpu_fd = ioctl(kvm->vm_fd, KVM_CREATE_VCPU, 0);
    if (kvm->vcpu_fd >= 0 && run_size > 0) {
        run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, kvm->vcpu_fd, 0);
    }
    if (run == MAP_FAILED) {
        failure_set_from_errno(error, "KVM makes no virtual processor");
        return false;
    }
    kvm->run = run;
    kvm->run_size = (size_t)run_size;
    return true;
}

/* 32-bit protected mode with segments that cover everything: the state the guest starts in. */
static bool
set_up_processor(KvmEngine *kvm)
{
    const struct kvm_segment data = {
        .limit = UINT32_MAX, .selector = 16, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1
    };
    const struct kvm_regs registers = { .rip = ENTRY_ADDRESS, .rflags = 2 };
    struct kvm_sregs special;

    if (ioctl(kvm->vcpu_fd, KVM_GET_SREGS, &special) != 0) {
        return false;
    }
    special.ds = special.es = special.fs = special.gs = special.ss = special.cs = data;
    special.cs.selector = 8;
    special.cs.type = 11;
    special.cr0 |= 1;
    return ioctl(kvm->vcpu_fd, KVM_SET_SREGS, &special) == 0 &&
           ioctl(kvm->vcpu_fd, KVM_SET_REGS, &registers) == 0;
}

/* The guest is little-endian, and so is each host this is built for. */
static void
serve_port(KvmEngine *kvm)
{
    const struct kvm_run *run = kvm->run;
    uint8_t *data = (uint8_t *)kvm->run + run->io.data_offset;

    for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
        uint32_t value = 0;

        if (run->io.direction == KVM_EXIT_IO_OUT) {
            memcpy(&value, data, run->io.size);
            machine_write_port(kvm->machine, run->io.port, value);
        } else {
            value = machine_read_port(kvm->machine, run->io.port);
            memcpy(data, &value, run->io.size);
        }
    }
}

/* Where @guest_address is in this program if it is in the window, and else outside of that, too. */
static const void *
find_window_memory(KvmEngine *kvm, uint64_t guest_address)
{
    uintptr_t base = (uintptr_t)daxwin_window_get_base(kvm->machine->window);

    return (const void *)(base + (uintptr_t)(guest_address - WINDOW_ADDRESS));
}

/* Where the guest was when KVM_RUN failed with EFAULT: it touched memory that is not there. */
static uint64_t
find_fault(KvmEngine *kvm)
{
    struct kvm_regs registers = { 0 };
    MemoryFault fault;

    if (kvm->run->exit_reason == EXIT_MEMORY_FAULT) {
        memcpy(&fault, &kvm->run->hw, sizeof(fault));
        return fault.guest_address;
    }
    /* This KVM does not say. Our guest keeps its pointer into the window in this register. */
    ioctl(kvm->vcpu_fd, KVM_GET_REGS, &registers);
    return registers.rsi;
}

static uint64_t
count_containments(KvmEngine *kvm)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(kvm->machine->window, &usage);
    return usage.containments;
}

/* Covers what the guest could not touch, if that is because a file has lost it. */
static bool
contain_fault(KvmEngine *kvm, GError **error)
{
    size_t pages;

    if (kvm->run->exit_reason == EXIT_MEMORY_FAULT) {
        (void)daxwin_window_contain(kvm->machine->window, find_window_memory(kvm, find_fault(kvm)));
        return true;
    }
    return daxwin_window_contain_truncated(kvm->machine->window, &pages, error);
}

/* The guest goes on only if a page has been covered: else it would be back at once, for ever. */
static bool
serve_fault(KvmEngine *kvm, GError **error)
{
    uint64_t before = count_containments(kvm);

    if (!contain_fault(kvm, error)) {
        return false;
    }
    if (count_containments(kvm) == before) {
        machine_set_fault(kvm->machine, find_fault(kvm), error);
        return false;
    }
    return true;
}

/* Some KVMs take memory that cannot be touched for a device, and what its answer is for done. We
 * have none there: it is for the page of zeros to answer, if the file has lost its own. */
static bool
serve_mmio(KvmEngine *kvm, GError **error)
{
    DaxwinWindow *window = kvm->machine->window;
    uint64_t address = kvm->run->mmio.phys_addr;
    uint64_t offset = address - WINDOW_ADDRESS;
    uint8_t *data = kvm->run->mmio.data;

    if (daxwin_window_contain(window, find_window_memory(kvm, address)) &&
        (kvm->run->mmio.is_write
             ? daxwin_window_write(window, offset, data, kvm->run->mmio.len, NULL)
             : daxwin_window_read(window, offset, data, kvm->run->mmio.len, NULL))) {
        return true;
    }
    machine_set_fault(kvm->machine, address, error);
    return false;
}

/* Answers one exit of the guest; false if there is no going on, with an error unless it halted. */
static bool
serve_exit(KvmEngine *kvm, GError **error)
{
    switch (kvm->run->exit_reason) {
    case KVM_EXIT_IO:
        serve_port(kvm);
        return true;
    case KVM_EXIT_HLT:
        return false;
    case KVM_EXIT_MMIO:
        return serve_mmio(kvm, error);
    default:
        g_set_error(error, MINI_VMM_ERROR, MINI_VMM_ERROR_GUEST,
                    "guest stopped with KVM exit %" PRIu32, kvm->run->exit_reason);
        return false;
    }
}

static bool
kvm_run(Engine *engine, GError **error)
{
    KvmEngine *kvm = (KvmEngine *)engine;
    GError *local_error = NULL;
    bool is_running = set_up_processor(kvm);

    if (!is_running) {
        failure_set_from_errno(&local_error, "KVM takes no registers");
    }
    while (is_running) {
        if (ioctl(kvm->vcpu_fd, KVM_RUN, 0) == 0) {
            is_running = serve_exit(kvm, &local_error);
        } else if (errno == EFAULT) {
            is_running = serve_fault(kvm, &local_error);
        } else if (errno != EINTR) {
            failure_set_from_errno(&local_error, "KVM_RUN");
            is_running = false;
        }
    }
    if (local_error != NULL) {
        g_propagate_error(error, local_error);
        return false;
    }
    return true;
}

Engine *
engine_kvm_new(Machine *machine, GError **error)
{
    KvmEngine *kvm = g_new0(KvmEngine, 1);

    kvm->engine = (Engine){ .name = "KVM", .run = kvm_run, .free = kvm_free };
    kvm->machine = machine;
    kvm->kvm_fd = kvm->vm_fd = kvm->vcpu_fd = -1;
    if (!create_vm(kvm, error) || !add_memories(kvm, error) || !create_vcpu(kvm, error)) {
        kvm_free(&kvm->engine);
        return NULL;
    }
    return &kvm->engine;
}
