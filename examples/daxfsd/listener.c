/* SPDX-License-Identifier: BSD-3-Clause */
/* listener.c: the socket that a VMM connects to. */
#include "listener.h"

#include "failure.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool
set_address(struct sockaddr_un *address, const char *path, GError **error)
{
    address->sun_family = AF_UNIX;
    if (*path == '\0' || strlen(path) >= sizeof(address->sun_path)) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP,
                    "socket path '%s' has %zu characters, which is not between 1 and %zu", path,
                    strlen(path), sizeof(address->sun_path) - 1);
        return false;
    }
    strcpy(address->sun_path, path);
    return true;
}

static int
open_socket(GError **error)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        failure_set_from_errno(error, "no socket");
    }
    return fd;
}

/* Of a daemon that was killed, most likely. Anything else that is there is in the way. */
static void
remove_old_socket(const char *path)
{
    struct stat status;

    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        unlink(path);
    }
}

static ino_t
find_number(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 ? status.st_ino : 0;
}

bool
listener_open(Listener *listener, const char *path, GError **error)
{
    struct sockaddr_un address = { 0 };

    listener->fd = -1;
    if (!set_address(&address, path, error)) {
        return false;
    }
    listener->fd = open_socket(error);
    if (listener->fd < 0) {
        return false;
    }
    remove_old_socket(path);
    if (bind(listener->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        failure_set_from_errno(error, "socket '%s'", path);
        return false;
    }
    listener->path = g_strdup(path);
    listener->number = find_number(path);
    if (listen(listener->fd, 1) != 0) {
        failure_set_from_errno(error, "cannot listen to socket '%s'", path);
        return false;
    }
    return true;
}

void
listener_close(Listener *listener)
{
    if (listener->path != NULL && find_number(listener->path) == listener->number) {
        unlink(listener->path);
    }
    g_free(listener->path);
    if (listener->fd >= 0) { /* only now may the number be given to another */
        close(listener->fd);
    }
}

int
listener_accept(const Listener *listener, int stop_fd, GError **error)
{
    struct pollfd polled[] = { { .fd = listener->fd, .events = POLLIN },
                               { .fd = stop_fd, .events = POLLIN } };
    int fd = -1;

    while (fd < 0) {
        if (poll(polled, G_N_ELEMENTS(polled), -1) > 0) {
            if (polled[1].revents != 0) {
                return -1;
            }
            fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
        }
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED) {
            failure_set_from_errno(error, "cannot wait for a connection");
            return -1;
        }
    }
    return fd;
}
