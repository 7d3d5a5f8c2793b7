/* SPDX-License-Identifier: BSD-3-Clause */
/* init.c: the first process of a guest: runs the commands listed in /commands and powers off. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_WORDS = 64,
    NOT_STARTED = 127
};

/* What the kernel has to show is not there until somebody asks for it. */
static void
mount_kernel_filesystems(void)
{
    static const struct {
        const char *type;
        const char *place;
    } wanted[] = {
        { "proc", "/proc" },
        { "sysfs", "/sys" },
        { "devtmpfs", "/dev" },
        { "tmpfs", "/tmp" },
    };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        (void)mkdir(wanted[i].place, 0755);
        if (mount(wanted[i].type, wanted[i].place, wanted[i].type, 0, NULL) != 0) {
            perror(wanted[i].place);
        }
    }
}

/* Becomes the program of @line, words with spaces between them. NAME=VALUE in front of the program
 * goes into its environment. */
static void
become(char *line)
{
    char *words[MAX_WORDS + 1] = { NULL };
    char *word = strtok(line, " ");
    size_t n = 0;

    while (word != NULL && strchr(word, '=') != NULL) {
        (void)putenv(word);
        word = strtok(NULL, " ");
    }
    while (word != NULL && n < MAX_WORDS) {
        words[n++] = word;
        word = strtok(NULL, " ");
    }
    if (n > 0) {
        (void)execv(words[0], words);
        perror(words[0]);
    }
    _exit(NOT_STARTED);
}

static int
run(char *line)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        become(line);
    }
    while (child > 0 && waitpid(child, &status, 0) != child) {
    }
    return child < 0           ? NOT_STARTED
           : WIFEXITED(status) ? WEXITSTATUS(status)
                               : 128 + WTERMSIG(status);
}

/* Runs each line of /commands, a name and a command, and marks what it prints with the name. */
static void
run_commands(void)
{
    FILE *commands = fopen("/commands", "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    while (commands != NULL && (length = getline(&line, &capacity, commands)) > 1) {
        char *command = strchr(line, ' ');

        line[length - 1] = '\0';
        if (command != NULL) {
            *command = '\0';
            printf("\n=== begin %s\n", line);
            (void)fflush(stdout);
            printf("\n=== end %s %d\n", line, run(command + 1));
            (void)fflush(stdout);
        }
    }
}

int
main(void)
{
    if (getpid() != 1) {
        (void)fprintf(stderr, "this is for the first process of a guest only\n");
        return 2;
    }
    mount_kernel_filesystems();
    run_commands();
    printf("\n=== all done\n");
    (void)fflush(stdout);
    (void)reboot(RB_POWER_OFF);
    return 1;
}
