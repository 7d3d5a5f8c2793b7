/* SPDX-License-Identifier: BSD-3-Clause */
/* front-end-window.h: the back-end channel of the small front end. */
#pragma once

#include "front-end.h"

/* Gives the daemon a socket, and answers its requests with a thread. */
bool front_end_window_start(FrontEnd *front_end);

/* Takes the socket away, if there is one. */
void front_end_window_stop(FrontEnd *front_end);
