/* SPDX-License-Identifier: BSD-3-Clause */
/* refused-files.h: files of which a kernel may refuse to map a piece, early or late. */
#pragma once

#include <daxwin/mapping.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;
    int (*open)(void); /* a descriptor; -1 and errno if there is no such file here */
    int access;
    uint64_t file_offset;
    bool is_late; /* on some kernel the file's own mmap operation refuses, when what was there is
                     gone */
} RefusedFile;

extern const RefusedFile refused_files[];
extern const size_t n_refused_files;

/* The shortest piece worth mapping: a few pages, or one huge page. */
uint64_t refused_file_length(int fd);
