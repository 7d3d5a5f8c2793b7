/* SPDX-License-Identifier: BSD-3-Clause */
/* daemon.c: daxfsd as a process, with a directory to share. */
#include "daemon.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 20000
};

static bool
make_folder(Daemon *daemon)
{
    daemon->folder = g_dir_make_tmp("daxfsd-XXXXXX", NULL);
    if (daemon->folder == NULL) {
        return false;
    }
    daemon->shared = g_build_filename(daemon->folder, "shared", NULL);
    daemon->outside = g_build_filename(daemon->folder, "outside", NULL);
    daemon->socket = g_build_filename(daemon->folder, "socket", NULL);
    daemon->log = g_build_filename(daemon->folder, "log", NULL);
    return mkdir(daemon->shared, 0755) == 0 &&
           g_file_set_contents(daemon->outside, "secret", -1, NULL);
}

/* In the child: does not return. */
static void
run(const Daemon *daemon, const char *program, const char *option)
{
    g_autofree char *socket_option = g_strdup_printf("--socket-path=%s", daemon->socket);
    g_autofree char *shared_option = g_strdup_printf("--shared-dir=%s", daemon->shared);
    int log = open(daemon->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

    dup2(log, STDERR_FILENO);
    execl(program, program, socket_option, shared_option, option, NULL);
    _exit(127);
}

bool
daemon_start(Daemon *daemon, const char *program, const char *option)
{
    *daemon = (Daemon){ .pid = -1 };
    if (!make_folder(daemon)) {
        return false;
    }
    daemon->pid = fork();
    if (daemon->pid == 0) {
        run(daemon, program, option);
    }
    return daemon->pid > 0;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void
daemon_clear(Daemon *daemon)
{
    if (daemon->pid > 0) {
        kill(daemon->pid, SIGKILL);
        waitpid(daemon->pid, NULL, 0);
    }
    nftw(daemon->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    g_free(daemon->folder);
    g_free(daemon->shared);
    g_free(daemon->outside);
    g_free(daemon->socket);
    g_free(daemon->log);
}

int
daemon_wait(Daemon *daemon)
{
    for (int waited = 0; daemon->pid > 0 && waited < PATIENCE_MS; waited += 10) {
        int status;

        if (waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
            daemon->pid = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        g_usleep(10000);
    }
    return -1;
}

char *
daemon_read_log(const Daemon *daemon)
{
    char *text = NULL;

    g_file_get_contents(daemon->log, &text, NULL, NULL);
    return text;
}

int
daemon_connect(const Daemon *daemon)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    g_strlcpy(address.sun_path, daemon->socket, sizeof(address.sun_path));
    for (int waited = 0; waited < PATIENCE_MS; waited += 10) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
            return fd;
        }
        close(fd);
        g_usleep(10000);
    }
    return -1;
}

char *
daemon_path(const Daemon *daemon, const char *name)
{
    return g_build_filename(daemon->shared, name, NULL);
}

bool
daemon_make_file(const Daemon *daemon, const char *name, size_t size, uint8_t seed)
{
    g_autofree char *path = daemon_path(daemon, name);
    g_autofree uint8_t *bytes = g_malloc(size);

    for (size_t i = 0; i < size; i++) {
        bytes[i] = daemon_byte(seed, i);
    }
    return g_file_set_contents(path, (const char *)bytes, (gssize)size, NULL);
}

bool
daemon_bytes_are(const uint8_t *memory, uint8_t seed, uint64_t offset, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (memory[i] != daemon_byte(seed, offset + i)) {
            return false;
        }
    }
    return true;
}
