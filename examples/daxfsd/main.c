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

/* What a connection is served with. */
typedef struct {
    const Options *options;
    int directory_fd;
    int stop_fd;
} Service;

/* One connection from its beginning to its end; takes the fd. */
static bool
serve(const Service *service, int fd, GError **error)
{
    g_autoptr(Device) device = device_new(service->directory_fd, service->options->request_queues,
                                          service->stop_fd, error);
    bool is_good = device != NULL && vhost_user_serve(device, fd, service->stop_fd, error);

    close(fd);
    return is_good;
}

/* A front end that breaks the rules does not keep the next from being served, if there is one. */
static bool
serve_next(const Service *service, int fd, GError **error)
{
    g_autoptr(GError) failure = NULL;

    log_detail("connected");
    if (!serve(service, fd, &failure)) {
        if (!service->options->keeps_listening) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        log_warning("%s", failure->message);
    }
    log_detail("disconnected");
    return true;
}

static bool
serve_all(const Service *service, GError **error)
{
    g_auto(Listener) listener = { .fd = -1 };
    int fd;

    if (!listener_open(&listener, service->options->socket_path, error)) {
        return false;
    }
    do {
        g_autoptr(GError) failure = NULL;

        fd = listener_accept(&listener, service->stop_fd, &failure);
        if (failure != NULL) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (fd >= 0 && !serve_next(service, fd, error)) {
            return false;
        }
    } while (fd >= 0 && service->options->keeps_listening);
    return true;
}

static bool
run(const Options *options, GError **error)
{
    Service service = { options, -1, -1 };
    bool is_good = false;

    service.stop_fd = open_stop_fd(error);
    if (service.stop_fd < 0) {
        return false;
    }
    service.directory_fd = share_open_directory(options->shared_dir, error);
    if (service.directory_fd >= 0) {
        umask(0); /* the guest has its own */
        allow_many_files();
        is_good = serve_all(&service, error);
        close(service.directory_fd);
    }
    close(service.stop_fd);
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
