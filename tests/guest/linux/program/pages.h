/* SPDX-License-Identifier: BSD-3-Clause */
/* pages.h: what the commands of this program share, and the commands. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Each ends the program with a message if it cannot do it. */
int open_file(const char *path, int flags);
uint64_t size_of(int fd, const char *path);
uint64_t to_number(const char *text);
void *map_file(int fd, uint64_t length, int protection, const char *path);
void write_fully(int fd, const void *bytes, size_t length, const char *path);
void read_fully(int fd, void *bytes, size_t length, const char *path);
void *aligned_memory(size_t length);
void fail(const char *what, const char *path) __attribute__((noreturn));

/* A random number below @limit, which is not 0; the sequence depends on *@state. */
uint64_t random_below(uint64_t *state, uint64_t limit);

/* Return the exit status. @words holds as many words as the table in pages.c says. */
int check_by_reading(char **words);
int check_by_mapping(char **words);
int check_at_random(char **words);
int check_directly(char **words);
int write_pages(char **words);
int append_pages(char **words);
int write_directly(char **words);
int write_by_mapping(char **words);
int copy_from_mapping(char **words);
int read_into_mapping(char **words);
int hold_file(char **words);
int churn(char **words);
