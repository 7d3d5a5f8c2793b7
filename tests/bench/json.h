/* SPDX-License-Identifier: BSD-3-Clause */
/* json.h: a report for programs. */
#pragma once

#include "machine.h"
#include "report.h"

/* Writes the report to a file that exists as a whole or not at all; false with an error. */
bool json_write(const Report *report, const Machine *machine, const char *path, GError **error);
