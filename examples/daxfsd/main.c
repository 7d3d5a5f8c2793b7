/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c: a virtio-fs daemon that maps files into the DAX window of its guest. */
#include "failure.h"
#include "listener.h"
#include "log.h"
#include "options.h"
#include "vhost-user.h"

#include <daxwin/version.h>

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Becomes readable with SIGTERM and SIGINT, and stays so, for nobody reads it. */
static int
open_stop_fd(GError **error)
{
    sigset_t signals;
    int fd;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    fd = signalfd(-1, &signals, SFD_CLOEXEC);
    if (fd < 0) {
        failure_set_from_errno(error, "no file descriptor for signals");
    }
    return fd;
}

/* Each file that the guest knows takes a file descriptor, and each open one another. */
static void
allow_many_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        log_detail("the guest can know about %llu files", (unsigned long long)limit.rlim_cur);
    }
}

/* One connection from its beginning to its end. */
static bool
serve(int fd, int stop_fd, const Options *options, GError **error)
{
    g_autoptr(Device) device = device_new(stop_fd, options, error);

    return device != NULL && vhost_user_serve(device, fd, stop_fd, error);
}

/* Somebody who breaks the rules is told off, but does not keep the next from being served. */
static bool
serve_all(const Listener *listener, int stop_fd, const Options *options, GError **error)
{
    for (;;) {
        g_autoptr(GError) failure = NULL;
        int fd = listener_accept(listener, stop_fd, &failure);
        bool is_good = fd >= 0;

        if (fd >= 0) {
            log_detail("connected");
            is_good = serve(fd, stop_fd, options, &failure);
            close(fd);
            log_detail("disconnected");
        }
        if (failure != NULL && (fd < 0 || !options->keeps_listening)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (failure != NULL) {
            log_warning("%s", failure->message);
        }
        if (!is_good && failure == NULL) {
            return true;
        }
        if (!options->keeps_listening) {
            return true;
        }
    }
}

static bool
run(const Options *options, GError **error)
{
    g_auto(Listener) listener = { .fd = -1 };
    int stop_fd = open_stop_fd(error);
    bool is_good;

    if (stop_fd < 0) {
        return false;
    }
    umask(0); /* the guest has its own */
    allow_many_files();
    is_good = listener_open(&listener, options->socket_path, error) &&
              serve_all(&listener, stop_fd, options, error);
    close(stop_fd);
    return is_good;
}

int
main(int argc, char **argv)
{
    g_auto(Options) options = { 0 };
    g_autoptr(GError) error = NULL;
    bool is_good;

    setlocale(LC_CTYPE, "");
    is_good = options_parse(&options, &argc, &argv, &error);
    if (is_good && options.wants_version) {
        printf("daxfsd, with libdaxwin %s\n", daxwin_version_string());
    } else if (is_good) {
        log_set_verbose(options.is_verbose);
        is_good = run(&options, &error);
    }
    if (!is_good) {
        fprintf(stderr, "daxfsd: %s\n", error->message);
        return failure_to_exit_status(error);
    }
    return 0;
}
