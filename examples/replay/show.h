/* SPDX-License-Identifier: BSD-3-Clause */
/* show.h: what replay prints. */
#pragma once

#include "player.h"

void show_recording(const PlayerSetting *setting);

void show_counters(const PlayerSetting *setting, const PlayerResult *result);

/* Draws how full the window was over time, in text. */
void show_occupancy(const History *history);

/* Shows the window as it was when it was fullest. */
void show_fullest(const PlayerResult *result);

void show_costs(const PlayerSetting *setting, const PlayerResult *result);
