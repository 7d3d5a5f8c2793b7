/* SPDX-License-Identifier: BSD-3-Clause */
/* daemon.h: daxfsd as a process, with a directory to share. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    char *folder; /* made for the occasion; holds all of the others */
    char *shared;
    char *outside; /* a file that is not shared */
    char *socket;
    char *log;
    pid_t pid; /* -1 once it has ended */
} Daemon;

/* Makes the folder and starts the program; @option may be NULL. False if that does not work. */
bool daemon_start(Daemon *daemon, const char *program, const char *option);

/* Ends it if it has not ended, and removes the folder. */
void daemon_clear(Daemon *daemon);

/* Waits for some seconds; the exit status, or -1 if it has not exited. */
int daemon_wait(Daemon *daemon);

/* What it has said. */
char *daemon_read_log(const Daemon *daemon);

/* A connection to its socket; -1 if there is none. */
int daemon_connect(const Daemon *daemon);

/* The path of a file in the shared directory. */
char *daemon_path(const Daemon *daemon, const char *name);

/* Makes a shared file of this many bytes, each of which tells where it is, beginning with @seed. */
bool daemon_make_file(const Daemon *daemon, const char *name, size_t size, uint8_t seed);

/* What the byte at @offset of such a file is. */
static inline uint8_t
daemon_byte(uint8_t seed, uint64_t offset)
{
    return (uint8_t)(seed + offset + offset / 251 + offset / 4096);
}

/* Whether memory holds what such a file has at @offset. */
bool daemon_bytes_are(const uint8_t *memory, uint8_t seed, uint64_t offset, size_t length);
