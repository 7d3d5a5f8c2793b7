/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-fs-dax-fault.c: faults in DAX windows end no process. */

#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/atomic.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/memfd.h"
#include "vhost-user-fs-dax-internal.h"

/*
 * The handlers walk the list of windows without a lock. Whoever takes one off
 * waits until no walk is under way. No walk can be inside that window then:
 * its memory is out of reach for all.
 */
static VHostUserFSDaxWatch *watches;
static int walks;

/* How many pages have been covered in windows that are gone. */
static size_t former_containments;

/* A page that guests see where nothing is mapped. */
static int scratch_fd = -1;

static struct sigaction previous_bus_action;
static struct sigaction previous_segv_action;

/* What the kernel has told the main thread about a broken DIMM. */
static siginfo_t broken_memory;
static QEMUBH *broken_memory_bh;

bool vhost_user_fs_dax_map_scratch(DaxwinWindow *window, uint64_t offset,
                                   uint64_t length, DaxwinAccess access,
                                   GError **error)
{
    DaxwinMapping mapping = {
        .window_offset = offset,
        .length = length,
        .access = access,
    };

    return daxwin_window_map(window, scratch_fd, &mapping, error);
}

static bool is_inside(DaxwinWindow *window, const void *address)
{
    uintptr_t base = (uintptr_t)daxwin_window_get_base(window);

    return (uintptr_t)address - base < daxwin_window_get_size(window);
}

/*
 * The memory is idle, or may only be read. A guest has no business there, and
 * neither has a back-end to unmap what its guest still uses, but it is not
 * for them to end this process. Unlike what is done about a bus error, this
 * uses functions that are not safe in handlers of asynchronous signals. The
 * signal is not: it interrupts nothing but an access to guest memory, and
 * nothing that allocates or locks makes such an access.
 */
static bool show_scratch(DaxwinWindow *window, const void *address)
{
    uint64_t page = daxwin_host_page_size();
    uint64_t offset = (uintptr_t)address -
                      (uintptr_t)daxwin_window_get_base(window);
    DaxwinAccess all = DAXWIN_ACCESS_READ | DAXWIN_ACCESS_WRITE;
    DaxwinMapping mapping;

    if (daxwin_window_lookup(window, offset, &mapping) &&
        mapping.access & DAXWIN_ACCESS_WRITE) {
        return true; /* another thread has mapped it meanwhile */
    }
    return vhost_user_fs_dax_map_scratch(window, offset & ~(page - 1), page,
                                         all, NULL);
}

static bool make_accessible(DaxwinWindow *window, const void *address,
                            int signal)
{
    if (signal == SIGBUS) {
        return daxwin_window_contain(window, address);
    }
    return show_scratch(window, address);
}

static bool contain(int signal, const void *address)
{
    VHostUserFSDaxWatch *watch;
    bool is_contained = false;
    int saved_errno = errno;

    qatomic_inc(&walks);
    for (watch = qatomic_rcu_read(&watches); watch;
         watch = qatomic_rcu_read(&watch->next)) {
        if (is_inside(watch->window, address)) {
            is_contained = make_accessible(watch->window, address, signal);
            break;
        }
    }
    qatomic_dec(&walks);
    errno = saved_errno;
    return is_contained;
}

/* As if the other handler had been the one that was called. */
static void pass_on(const struct sigaction *action, int signal, siginfo_t *info,
                    void *context)
{
    if (action->sa_flags & SA_SIGINFO) {
        action->sa_sigaction(signal, info, context);
    } else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
        action->sa_handler(signal);
    } else {
        sigaction(signal, action, NULL);
        if (info->si_code <= 0) {
            raise(signal); /* nothing will, unlike an access made again */
        }
    }
}

/* Tells QEMU of broken memory, which it wants to hear in the main loop. */
static void report_broken_memory(void *opaque)
{
    pass_on(&previous_bus_action, SIGBUS, &broken_memory, NULL);
}

static void handle_bus_error(int signal, siginfo_t *info, void *context)
{
    if (info->si_code == BUS_MCEERR_AO && !current_cpu) {
        broken_memory = *info;
        qemu_bh_schedule(broken_memory_bh);
    } else if (info->si_code == BUS_MCEERR_AR ||
               !contain(signal, info->si_addr)) {
        pass_on(&previous_bus_action, signal, info, context);
    }
}

static void handle_segv(int signal, siginfo_t *info, void *context)
{
    bool is_fault = info->si_code == SEGV_ACCERR ||
                    info->si_code == SEGV_MAPERR;

    if (!is_fault || !contain(signal, info->si_addr)) {
        pass_on(&previous_segv_action, signal, info, context);
    }
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *),
                    struct sigaction *previous)
{
    struct sigaction action = {
        .sa_flags = SA_SIGINFO,
        .sa_sigaction = handler,
    };

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, previous);
}

/*
 * Other threads are born with SIGBUS unblocked. The main thread had it
 * blocked, to be told of broken memory by a file descriptor.
 */
static void unblock_bus_error(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Once, and for the life of the process. */
static bool install_handlers(Error **errp)
{
    if (scratch_fd >= 0) {
        return true;
    }
    scratch_fd = qemu_memfd_create("vhost-user-fs-scratch",
                                   daxwin_host_page_size(), false, 0, 0, errp);
    if (scratch_fd < 0) {
        return false;
    }
    broken_memory_bh = qemu_bh_new(report_broken_memory, NULL);
    install(SIGBUS, handle_bus_error, &previous_bus_action);
    install(SIGSEGV, handle_segv, &previous_segv_action);
    unblock_bus_error();
    return true;
}

bool vhost_user_fs_dax_watch(VHostUserFSDaxWatch *watch, DaxwinWindow *window,
                             Error **errp)
{
    if (!install_handlers(errp)) {
        return false;
    }
    watch->window = window;
    watch->next = watches;
    qatomic_rcu_set(&watches, watch);
    return true;
}

static uint64_t containments_of(DaxwinWindow *window)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    return usage.containments;
}

void vhost_user_fs_dax_unwatch(VHostUserFSDaxWatch *watch)
{
    VHostUserFSDaxWatch **link = &watches;

    while (*link && *link != watch) {
        link = &(*link)->next;
    }
    if (!*link) {
        return;
    }
    qatomic_set(link, watch->next);
    smp_mb();
    while (qatomic_read(&walks) > 0) {
        g_usleep(1);
    }
    qatomic_set(&former_containments,
                former_containments + containments_of(watch->window));
}

static void contain_truncated(DaxwinWindow *window)
{
    g_autoptr(GError) error = NULL;
    size_t pages;

    if (!daxwin_window_contain_truncated(window, &pages, &error)) {
        warn_report("vhost-user-fs: %s", error->message);
    }
}

bool vhost_user_fs_dax_contain_truncated(void)
{
    /*
     * Another vCPU may have covered the page before this one could. So what
     * counts is whether any has been covered since this vCPU last asked.
     */
    static __thread uint64_t known;
    uint64_t containments = qatomic_read(&former_containments);
    VHostUserFSDaxWatch *watch;
    bool is_worthwhile;

    qatomic_inc(&walks);
    for (watch = qatomic_rcu_read(&watches); watch;
         watch = qatomic_rcu_read(&watch->next)) {
        contain_truncated(watch->window);
        containments += containments_of(watch->window);
    }
    qatomic_dec(&walks);
    is_worthwhile = containments > known;
    known = containments;
    return is_worthwhile;
}
