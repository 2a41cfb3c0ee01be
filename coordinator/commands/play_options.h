/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play_options: the options that every command takes which plays an exercise: run and coordinate.
 * Each reads one argument, or ends the program with a usage error that says what it should be.
 */
#ifndef PLAY_OPTIONS_H
#define PLAY_OPTIONS_H

#include <argp.h>

#include "coordinator/scenario/scenario.h"

enum { PLAY_RECORD_BYTES = 512 };

/* Exercise seconds a wall second; 0: "max". */
int64_t play_speed(struct argp_state *state, const char *argument);
uint64_t play_seed(struct argp_state *state, const char *argument);
/* The number of an open descriptor. */
int play_ready(struct argp_state *state, const char *argument);

/* Where an exercise is recorded that nobody named a file for: "tutorial-20261124-090000.spill", in
 * this folder. Returns path. */
char *play_record(const struct scenario *scenario, char path[PLAY_RECORD_BYTES]);

#endif
