/* SPDX-License-Identifier: BSD-3-Clause */
/* area.h: one kernel area (VMA) as a line of /proc/self/maps describes it. */
#pragma once

#include "host.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t start; /* an address */
    uint64_t end;   /* behind the last byte */
    uint64_t file_offset;
    DaxwinFileId file; /* all zeros for anonymous memory */
    int protection;    /* PROT_READ, PROT_WRITE; execution is of no interest here */
    bool is_shared;
} DaxwinArea;

/* Reads a line (format: proc(5), /proc/pid/maps); false if it is not one. */
bool daxwin_area_parse(const char *line, DaxwinArea *area);
