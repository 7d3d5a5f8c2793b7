/* SPDX-License-Identifier: BSD-3-Clause */
/* table.h: a report for people. */
#pragma once

#include "machine.h"
#include "report.h"

void table_print(const Report *report, const Machine *machine);
