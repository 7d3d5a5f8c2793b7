/* SPDX-License-Identifier: BSD-3-Clause */
/* log.h: what daxfsd tells its user while it runs. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether log_detail() says anything. Before threads are started. */
void log_set_verbose(bool is_verbose);

/* Something the user should know. */
void log_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Something for --verbose. */
void log_detail(const char *format, ...) G_GNUC_PRINTF(1, 2);
