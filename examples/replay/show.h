/* SPDX-License-Identifier: BSD-3-Clause */
/* show.h: what replay prints. */
#pragma once

#include "player.h"

void show_recording(const PlayerSetting *setting);

void show_counters(const PlayerSetting *setting, const PlayerResult *result);

/* Draws how full the window was, in text. */
void show_picture(const History *history);

void show_costs(const PlayerSetting *setting, const PlayerResult *result);
